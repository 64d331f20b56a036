"""``marketplace``: commands for people.

Exit status 0: all is well; 1: it ran, and something is wrong; 2: it did not run.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated, cast

import typer

from koogallery_simulator import cli_joint
from koogallery_simulator.cli_common import (
    DEFAULT_PORT,
    HERE,
    AsJson,
    Document,
    Simulator,
    call_simulator,
    is_wrong,
    listed,
    print_attempt,
    print_json,
    stop,
)
from koogallery_simulator.control_lives import EVENTS
from koogallery_simulator.errors import SimulatorError
from koogallery_simulator.fault_requests import KINDS
from koogallery_simulator.faults import PLACES
from koogallery_simulator.serve import simulator
from koogallery_simulator.settings import read_keys, read_settings_file
from koogallery_simulator.shops import BundleAddresses

ABOUT = """A KooGallery (Huawei Cloud marketplace) on this machine, to try a seller's bundle against.

\b
It does:
  SaaS 2.0 in every charging mode: newInstance, queryInstance, refreshInstance in all scenes, updateInstanceStatus,
    releaseInstance, upgradeInstance, changeInstanceCheck; orderNotify
  SaaS 1.0 by GET: newInstance, refreshInstance, expireInstance, releaseInstance, upgrade, instanceStatus,
    queryInstance; Body-Sign and the encrypted fields of the answers are checked
  licences: guide A (getLicense, refreshLicense, expireLicense, releaseLicense), guide B (authorization codes:
    activate, heartbeat, software usage and the three callbacks), guide C (instances, getLicenseAsync, the upload)
  the joint kit, 2.0 and 1.0: tenantSync, applicationSync, authSync, singleOrgSync, allOrgSync of one enterprise,
    its OAuth server with expiring tokens, and a browser that signs its people in
  order queries, the MOCK... orders too; the usage push, new and old, by all record rules; the bill
It repeats failed callbacks, sends one again byte for byte, polls queryInstance, runs dial tests, makes faults on
request, judges every answer, push and upload, and lists what breaks a rule.
\b
It does not: buyers' pages, prices, the unified login page itself (the browser types into it), CAS, the workbench,
SDK sign-in, batch activation (v2), the desktop client, TLS. It keeps everything in memory. Pauses between retries
and dial tests are skipped, not waited for; 1.0 calls that are answered 000004 are repeated until they succeed.

\b
Exit status: 0 all is well; 1 it ran and something is wrong; 2 it did not run.
"""
app = typer.Typer(help=ABOUT, no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = DEFAULT_PORT,
    bundle: Annotated[str, typer.Option(help="Production address: where callbacks go.")] = "http://127.0.0.1:8700/saas",
    notify: Annotated[
        str | None, typer.Option(help="Where orderNotify goes; default: /order-notify on the bundle's host.")
    ] = None,
    license_address: Annotated[
        str | None, typer.Option("--license", help="Where licence callbacks go; default: /license on that host.")
    ] = None,
    env: Annotated[
        Path | None,
        typer.Option(help="Settings file with NAME=value lines; default: the environment."),
    ] = None,
    poll_every: Annotated[
        float,
        typer.Option(min=0.05, help="Seconds between rounds of queryInstance and of 1.0 calls that are repeated."),
    ] = 5.0,
) -> None:
    """Run the simulator until Ctrl-C; prints "ready http://127.0.0.1:PORT" when it serves.

    Settings, as the bundle has them: MARKETPLACE_AK, MARKETPLACE_SK, MARKETPLACE_ACCESS_KEYS and, for their
    interfaces, MARKETPLACE_NOTIFY_KEYS, MARKETPLACE_V1_KEYS, MARKETPLACE_LICENSE_KEYS, MARKETPLACE_KIT_KEYS,
    KIT_PRIVATE_KEY. Give the bundle MARKETPLACE_ENDPOINT=http://127.0.0.1:PORT. Violations go to stderr.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    stopped = threading.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_number, lambda *_: stopped.set())
    try:
        keys = read_keys(read_settings_file(env) if env is not None else os.environ)
        addresses = BundleAddresses.beside(bundle, license_address=license_address, notify=notify)
        with simulator(keys, addresses, port=port, poll_every=poll_every) as url:
            typer.echo(f"ready {url}")
            sys.stdout.flush()
            stopped.wait()
    except SimulatorError as exc:
        stop(str(exc))


@app.command()
def sell(
    products: Annotated[list[str], typer.Argument(help="Names from the catalogue, one order line each.")],
    quantity: Annotated[int, typer.Option(min=0, help="linearValue of every line; 0 sends none.")] = 0,
    no_callback: Annotated[bool, typer.Option("--no-callback", help="Only make the order, send nothing.")] = False,
    simulator_address: Simulator = HERE,
    as_json: AsJson = False,
) -> None:
    """Sell products in one order and send the callback that opens each line, with its retries.

    Names: period-year, period-month, period-year-large, one-time, on-demand, on-demand-second, on-demand-stops,
    package, trial; v1-year, v1-year-large, v1-trial, v1-on-demand; license-a, license-b, license-c (see the command
    "catalogue"). An authorization code stands in the place of an instance. The products of an order are of one guide.
    Exit 1 when a line was not accepted or an answer broke a rule.
    """
    wanted = {"products": products, "quantity": quantity, "deliver": not no_callback}
    found = cast("dict[str, object]", call_simulator(simulator_address, "POST", "orders", wanted))
    lines = cast("list[dict[str, object]]", found["lines"])
    attempts = [one for line in lines for one in cast("list[Document]", line.get("attempts", []))]
    if as_json:
        print_json(found)
    else:
        typer.echo(f"order {found['order_id']}")
        for line in lines:
            typer.echo(f"  line {line['order_line_id']}  instance {line.get('instance_id') or '-'}")
            for attempt in cast("list[Document]", line.get("attempts", [])):
                print_attempt(attempt, "    ")
            if line.get("pending"):
                typer.echo("    the seller is not ready: the call is repeated until it is")
    open_lines = [line for line in lines if not line.get("accepted", no_callback) and not line.get("pending")]
    if open_lines or any(one["violations"] for one in attempts):
        raise typer.Exit(1)


@app.command(help=listed("Let something happen to an instance. Exit 1 when it was not accepted.", EVENTS))
def live(
    event: Annotated[str, typer.Argument(help=", ".join(EVENTS))],
    instance_id: Annotated[str, typer.Argument(help="Instance id or authorization code, as sell printed it.")],
    product: Annotated[str | None, typer.Option(help="Target product, by its name in the catalogue.")] = None,
    expire: Annotated[str | None, typer.Option(help="New expiry, yyyyMMddHHmmss UTC.")] = None,
    simulator_address: Simulator = HERE,
) -> None:
    """One event in an instance's life."""
    wanted = {"event": event, "instance_id": instance_id, "product": product, "expire": expire}
    attempt = cast("dict[str, object]", call_simulator(simulator_address, "POST", "instances", wanted))
    print_attempt(attempt)
    if is_wrong(attempt):
        raise typer.Exit(1)


@app.command()
def callback(  # noqa: PLR0913, PLR0917  one argument for each option
    activity: Annotated[str, typer.Argument(help="newInstance, queryInstance, … or anything else.")],
    members: Annotated[str, typer.Argument(help="The other members of the body, a JSON object.")] = "{}",
    test: Annotated[bool, typer.Option("--test", help="A debugging call: testFlag 1.")] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Repeat until accepted, as the guide says.")] = False,
    resend: Annotated[bool, typer.Option("--resend", help="Send the last request once more, byte for byte.")] = False,
    copies: Annotated[int, typer.Option(min=1, help="Send it that often, freshly signed each time.")] = 1,
    dialect: Annotated[
        str, typer.Option(help="saas-2, saas-1, license-a, license-b, license-c, kit-2 or kit-1.")
    ] = "saas-2",
    simulator_address: Simulator = HERE,
) -> None:
    """Sign and send one callback with members of your own. Exit 1 when the last try was not accepted."""
    try:
        document = json.loads(members)
    except ValueError:
        stop('MEMBERS is no JSON; an example: \'{"instanceId":"inst-a"}\'')
    wanted = {"activity": activity, "members": document, "test": test, "retry": retry, "resend": resend}
    found = call_simulator(simulator_address, "POST", "callbacks", {**wanted, "copies": copies, "dialect": dialect})
    attempts = cast("list[dict[str, object]]", found)
    for attempt in attempts:
        print_attempt(attempt)
    if is_wrong(attempts[-1]):
        raise typer.Exit(1)


@app.command("dial-test")
def dial_test(
    days: Annotated[int, typer.Option(min=0, help="Simulated days of two runs each; 0 is one run.")] = 0,
    dialect: Annotated[str, typer.Option(help="Whose cases: saas-2, saas-1, license-a, …, kit-1.")] = "saas-2",
    simulator_address: Simulator = HERE,
) -> None:
    """Replay the saved debugging cases. Five failing days in a row freeze the catalogue. Exit 1 when a case fails."""
    found = cast(
        "dict[str, object]", call_simulator(simulator_address, "POST", "dial-tests", {"days": days, "dialect": dialect})
    )
    for number, run in enumerate(cast("list[dict[str, object]]", found["runs"]), 1):
        typer.echo(f"run {number}: {'passed' if run['passed'] else 'FAILED'}")
        for attempt in cast("list[dict[str, object]]", run["failed"]):
            print_attempt(attempt, "  ")
    if found["frozen_products"]:
        typer.echo("trading is frozen: five failing days in a row")
    if not found["passed"]:
        raise typer.Exit(1)


@app.command()
def bill(simulator_address: Simulator = HERE, as_json: AsJson = False) -> None:
    """Show what is billed per instance and hour, and the abnormal records (SDR management)."""
    found = cast("dict[str, object]", call_simulator(simulator_address, "GET", "bill"))
    if as_json:
        print_json(found)
        return
    for instance_id, one in cast("dict[str, dict[str, object]]", found["instances"]).items():
        typer.echo(f"{instance_id}  total {one['total']}")
        for hour, value in cast("dict[str, str]", one["hours"]).items():
            typer.echo(f"  {hour}  {value}")
    for record in cast("list[dict[str, str]]", found["abnormal"]):
        typer.echo(f"abnormal {record['code']}  {record.get('instance_id', '-')}  {record.get('metering_sn', '-')}")
    typer.echo(f"total {found['total']}")


@app.command()
def violations(
    clear: Annotated[bool, typer.Option("--clear", help="Forget them after printing.")] = False,
    simulator_address: Simulator = HERE,
    as_json: AsJson = False,
) -> None:
    """List the rules the bundle broke so far. Exit 1 when there is one."""
    found = cast("list[dict[str, str]]", call_simulator(simulator_address, "GET", "violations"))
    if clear:
        call_simulator(simulator_address, "DELETE", "violations")
    if as_json:
        print_json(found)
    else:
        for one in found:
            typer.echo(f"{one['at']}  {one['rule']}: {one['detail']}")
        typer.echo(f"{len(found)} violations")
    if found:
        raise typer.Exit(1)


@app.command(help=listed("Programme a fault; used up after --times calls or records.", KINDS))
def fault(  # noqa: PLR0913, PLR0917  one argument for each option
    kind: Annotated[str, typer.Argument(help=", ".join(KINDS) + "; or: clear")],
    times: Annotated[int, typer.Option(min=1, help="How many calls or records get it.")] = 1,
    where: Annotated[str | None, typer.Option(help=f"{', '.join(PLACES)} or any.")] = None,
    code: Annotated[str | None, typer.Option(help="MKT.0999, 94060001, …; per record 001 to 013.")] = None,
    seconds: Annotated[int | None, typer.Option(help="Length of a hang.")] = None,
    form: Annotated[str | None, typer.Option(help="Form of garbage, or name of the abnormal member.")] = None,
    instance: Annotated[str | None, typer.Option(help="Instance whose records get it.")] = None,
    after_booking: Annotated[bool, typer.Option("--after-booking", help="Carry the call out first.")] = False,
    blank: Annotated[bool, typer.Option("--blank", help="Print the code as 'MKT. 0250'.")] = False,
    simulator_address: Simulator = HERE,
) -> None:
    """Programme a fault."""
    if kind == "clear":
        call_simulator(simulator_address, "DELETE", "faults")
        typer.echo("no faults any more")
        return
    wanted: dict[str, object] = {"kind": kind, "where": where, "code": code, "seconds": seconds, "form": form}
    wanted.update(instance_id=instance, after_booking=after_booking or None, blank=blank or None)
    wanted["times"] = None if kind == "abnormal-member" else times
    known = {name: value for name, value in wanted.items() if value is not None}
    found = cast("dict[str, object]", call_simulator(simulator_address, "POST", "faults", known))
    typer.echo(f"programmed; {found['pending']} pending")


@app.command()
def instances(simulator_address: Simulator = HERE) -> None:
    """List the instances the marketplace opened."""
    for one in cast("list[dict[str, object]]", call_simulator(simulator_address, "GET", "instances")):
        typer.echo(f"{one['instance_id']}  {one['status']:8}  {one['charging_mode']:13}  opened {one['opened_at']}")


@app.command()
def catalogue(simulator_address: Simulator = HERE) -> None:
    """List the products on sale."""
    found = cast("dict[str, dict[str, object]]", call_simulator(simulator_address, "GET", "catalogue"))
    for name, product in found.items():
        frozen = "  FROZEN" if product["frozen"] else ""
        guide = f"{product['interface']:10} {product['mode']:13}"
        typer.echo(f"{name:18} {guide} {product['product_id']}  {product['name']}{frozen}")


@app.command()
def clock(
    advance: Annotated[int, typer.Option(min=0, help="Seconds to move ahead; it never goes back.")] = 0,
    simulator_address: Simulator = HERE,
) -> None:
    """Show the marketplace's time, or move it ahead. Callbacks are always signed with the machine's time."""
    if advance:
        found = call_simulator(simulator_address, "POST", "clock", {"advance_seconds": advance})
    else:
        found = call_simulator(simulator_address, "GET", "clock")
    typer.echo(cast("dict[str, object]", found)["now"])


cli_joint.register(app)


def main() -> None:
    """Run the command line."""
    app(prog_name="marketplace")
