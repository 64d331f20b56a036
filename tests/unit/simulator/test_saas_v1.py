"""SaaS 1.0: tokens, encodings, encrypted fields, the life of an instance, and what is judged."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from koogallery_simulator import Customer, NotAccepted, OutgoingRequest, Purchase, SimulatorError
from koogallery_simulator.catalogue import V1_ON_DEMAND, V1_YEAR
from koogallery_simulator.dialects import saas_v1
from koogallery_simulator.dialects.base import Callback
from koogallery_simulator.dialects.v1_wire import Encoding
from koogallery_simulator.field_encryption import decrypt_field, encrypt_field
from koogallery_simulator.v1_signatures import auth_token, token_text
from tests.unit.simulator.every_guide import V1_KEY, EveryGuide, Message, shops, signed
from tests.unit.simulator.tools import START

CUSTOMER = Customer(name="示例 客户+1", mobile_phone="10000000000", email="buyer@example.com")


def pairs(request: OutgoingRequest, *, form: bool = False) -> list[tuple[str, str]]:
    query = urlsplit(request.url).query
    if form:
        return parse_qsl(query, keep_blank_values=True)
    return [(unquote(name), unquote(value)) for name, _, value in (part.partition("=") for part in query.split("&"))]


def fits(given: list[tuple[str, str]], key: str = V1_KEY) -> bool:
    values = dict(given)
    text = token_text([pair for pair in given if pair[0] != "authToken"])
    return values["authToken"] == auth_token(key, values["timeStamp"], text)


def buy(seller_answers: dict[str, object] | None = None, **attributes: object) -> tuple[set[str], bool]:
    """Rules broken by one newInstance answer, and whether it was accepted."""
    made, seller, _ = shops()
    for name, value in attributes.items():
        setattr(seller, name, value)
    seller.answers = lambda message: seller_answers
    line = made.saas_v1.order("v1-year").lines[0]
    attempt = made.saas_v1.caller.send(made.saas_v1.opening(line))
    return {violation.rule for violation in attempt.violations}, attempt.accepted


@pytest.mark.parametrize("encoding", ["percent", "form", "raw-plus"])
def test_token_fits_the_decoded_values_in_every_encoding(encoding: Encoding) -> None:
    made, seller, _ = shops()
    made.saas_v1.caller.dialect = saas_v1.SaasV1(encoding=encoding)
    line = made.saas_v1.order(Purchase((V1_YEAR,), 5, (("idNum", "+ +"),)), customer=CUSTOMER).lines[0]
    for _ in range(10):
        made.saas_v1.caller.send(saas_v1.new_instance(line, CUSTOMER))
    for request in seller.requests:
        assert request.method == "GET"
        assert request.body == b""
        assert fits(pairs(request, form=encoding == "form"))


def test_percent_encoding_leaves_no_plus_and_form_writes_blanks_as_plus() -> None:
    made, seller, _ = shops()
    blanks: dict[Encoding, str] = {"percent": "%20", "form": "+"}
    for encoding, blank in blanks.items():
        made.saas_v1.caller.dialect = saas_v1.SaasV1(encoding=encoding)
        made.saas_v1.caller.send(Callback("queryInstance", {"instanceId": "a b+c"}))
        assert f"instanceId=a{blank}b%2Bc" in seller.requests[-1].url


def test_new_instance_tells_what_the_guide_lists() -> None:
    made, seller, _ = shops()
    made.saas_v1.buy(Purchase((V1_YEAR,), 5, (("emailDomainName", "example.com"),)), customer=CUSTOMER)
    (message,) = seller.messages
    assert message["timeStamp"] == "20260115100000000"
    assert message["expireTime"] == "20270115100000"
    assert message["customerName"] == "示例 客户+1"
    wanted = {"chargingMode": "1", "amount": "5", "periodType": "year", "periodNumber": "1", "orderAmount": "100"}
    assert {name: message[name] for name in wanted} == wanted
    assert (message["productId"], message["skuCode"]) == (V1_YEAR.product_id, V1_YEAR.sku_code)
    assert json.loads(base64.b64decode(str(message["saasExtendParams"]))) == [
        {"name": "emailDomainName", "value": "example.com"}
    ]
    assert "testFlag" not in message


@pytest.mark.parametrize("size", ["1", "2"])
def test_phone_and_mail_travel_encrypted_in_the_size_of_the_listing(size: str) -> None:
    made, seller, _ = shops()
    made.saas_v1.caller.dialect = saas_v1.SaasV1(encrypt_type=size)
    made.saas_v1.buy("v1-year", customer=CUSTOMER)
    (message,) = seller.messages
    assert decrypt_field(V1_KEY, size, str(message["mobilePhone"])) == CUSTOMER.mobile_phone
    assert decrypt_field(V1_KEY, size, str(message["email"])) == CUSTOMER.email


def test_every_try_has_a_fresh_business_id_and_time() -> None:
    made, seller, _ = shops()
    seller.down = 2
    made.saas_v1.buy("v1-year")
    assert len({message["businessId"] for message in seller.messages}) == 3
    assert [str(message["timeStamp"])[8:12] for message in seller.messages] == ["1000", "1100", "1200"]


def test_order_of_several_billing_items_calls_once_for_each() -> None:
    made, seller, _ = shops()
    ids = made.saas_v1.buy(V1_YEAR, V1_ON_DEMAND)
    assert len(set(ids)) == 2
    assert len({message["orderId"] for message in seller.messages}) == 1
    assert [message["chargingMode"] for message in seller.messages] == ["1", "0"]


def test_pending_is_repeated_until_the_access_data_comes() -> None:
    made, seller, clock = shops()
    later: Message = {"resultCode": "000004", "appInfo": None}
    pending = iter([later, later])
    seller.answers = lambda message: next(pending, None)
    (instance_id,) = made.saas_v1.buy("v1-year")
    assert clock.now() - START == timedelta(hours=2)
    assert made.marketplace.instance(instance_id).opened_at == clock.now()
    assert made.marketplace.instance(instance_id).status == "active"
    assert not made.marketplace.violations.all()


def test_order_fails_after_three_hours_without_success() -> None:
    made, seller, clock = shops()
    seller.answers = lambda message: {"resultCode": "000004", "appInfo": None}
    with pytest.raises(NotAccepted, match="000004"):
        made.saas_v1.buy("v1-year")
    assert clock.now() - START == timedelta(hours=3)
    assert len(made.marketplace.failed_lines()) == 1


def test_whole_life_of_an_instance() -> None:
    made, seller, _ = shops()
    shop = made.saas_v1
    (instance_id,) = shop.buy("v1-trial")
    shop.convert_trial(instance_id, "v1-year")
    first = made.marketplace.instance(instance_id).expire_time
    assert first is not None
    shop.renew(instance_id)
    shop.cancel_renewal(instance_id, first)
    assert made.marketplace.instance(instance_id).expire_time == first
    shop.upgrade(instance_id, "v1-year-large", 20)
    shop.expire(instance_id)
    assert made.marketplace.instance(instance_id).frozen
    shop.unfreeze(instance_id)
    shop.freeze(instance_id)
    shop.renew(instance_id)
    assert not made.marketplace.instance(instance_id).frozen
    assert shop.show(instance_id).instance_id == instance_id
    assert shop.query(instance_id).accepted
    shop.release(instance_id)
    assert made.marketplace.instance(instance_id).status == "released"
    said = [str(message["activity"]) for message in seller.messages]
    assert set(said) == set(saas_v1.ACTIVITIES)
    assert not made.marketplace.violations.all()


def test_members_of_the_later_calls() -> None:
    made, seller, _ = shops()
    shop = made.saas_v1
    (instance_id,) = shop.buy("v1-trial")
    bought = seller.messages[-1]["orderId"]
    shop.convert_trial(instance_id, "v1-year")
    converted = seller.messages[-1]
    assert converted["trialToFormal"] == "1"
    assert converted["orderId"] != bought
    shop.renew(instance_id)
    shop.cancel_renewal(instance_id, START)
    assert [message["orderAmount"] for message in seller.messages[-2:]] == ["100", "-100"]
    shop.upgrade(instance_id, "v1-year-large", 20)
    assert (seller.messages[-1]["activity"], seller.messages[-1]["amount"]) == ("upgrade", "20")
    shop.unfreeze(instance_id)
    assert seller.messages[-1]["instanceStatus"] == "NORMAL"
    shop.release(instance_id)
    assert seller.messages[-1]["orderId"] == bought


def test_debugging_calls_carry_the_flag_and_leave_no_trace() -> None:
    made, seller, _ = shops()
    line = made.saas_v1.order("v1-year").lines[0]
    assert made.saas_v1.caller.send(saas_v1.new_instance(line, CUSTOMER, test=True)).accepted
    assert seller.messages[0]["testFlag"] == "1"
    assert not made.marketplace.instances()


def test_good_answer_breaks_no_rule() -> None:
    assert buy() == (set(), True)
    assert buy({}, encrypt_type="2") == (set(), True)


@pytest.mark.parametrize(
    ("answer", "rules"),
    [
        ({"instanceId": None}, {"new-instance-id"}),
        ({"appInfo": None}, {"new-instance-app-info"}),
        ({"appInfo": {"adminUrl": "https://app.example.com"}}, {"query-app-info"}),
        ({"encryptType": 1}, {"encrypt-type"}),
        ({"encryptType": "3"}, {"encrypt-type"}),
        ({"encryptType": "2"}, {"encrypted-field"}),
        ({"appInfo": {"frontEndUrl": "https://a.example.com", "password": "plain"}}, {"encrypted-field"}),
        (
            {"appInfo": {"frontEndUrl": "https://a.example.com", "userName": encrypt_field("other", "1", "a")}},
            {"encrypted-field"},
        ),
    ],
)
def test_new_instance_answer_breaks(answer: Message, rules: set[str]) -> None:
    assert buy(answer)[0] == rules


@pytest.mark.parametrize("code", ["000000", "000005"])
def test_body_sign_is_demanded_of_every_answer_errors_too(code: str) -> None:
    assert buy({"resultCode": code}, sign=lambda body: None)[0] == {"body-sign"}
    assert buy({"resultCode": code}, sign=lambda body: signed(body + b" "))[0] == {"body-sign"}
    assert buy({"resultCode": code})[0] == set()


def test_undocumented_code_is_a_violation() -> None:
    assert buy({"resultCode": "000003"}) == ({"result-code-activity"}, False)


def test_order_keeps_one_instance_for_each_product() -> None:
    made, seller, _ = shops()
    line = made.saas_v1.order("v1-year").lines[0]
    made.saas_v1.create(line)
    seller.ids.clear()
    made.saas_v1.create(line)
    assert made.marketplace.violations.rules() == {"new-instance-id-changed"}


def test_identical_request_may_not_get_another_answer() -> None:
    made, seller, _ = shops()
    caller = made.saas_v1.caller
    (instance_id,) = made.saas_v1.buy("v1-year")
    attempt = caller.send(saas_v1.expire_instance(instance_id))
    caller.resend(attempt)
    assert not made.marketplace.violations.all()
    seller.answers = lambda message: {"resultCode": "000005"}
    caller.resend(attempt)
    assert made.marketplace.violations.rules() == {"replay-differs"}


def test_query_answers_are_judged_with_their_encrypted_fields() -> None:
    made, seller, _ = shops()
    (instance_id,) = made.saas_v1.buy("v1-year")
    other = EveryGuide()
    other.encrypt_type = "2"
    seller.answers = lambda message: {"info": [{"instanceId": instance_id, "appInfo": other.app_info()}]}
    made.saas_v1.query(instance_id)
    assert made.marketplace.violations.rules() == {"encrypted-field"}


def test_shop_refuses_products_of_another_guide() -> None:
    made, _, _ = shops()
    with pytest.raises(SimulatorError, match="not sold by saas-1"):
        made.saas_v1.buy("period-year")
    with pytest.raises(SimulatorError, match="not sold by saas-2"):
        made.saas.buy("v1-year")
