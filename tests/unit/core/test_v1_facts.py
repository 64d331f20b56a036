"""What a 1.0 call tells about its order, in the words of the seller interface."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from koogallery.dialects.v1_facts import extend_params, order_facts
from koogallery_signing import sensitive_fields

KEY = "11111111-2222-4333-8444-000000000001"


def encoded(document: object) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()


def product(**parameters: str) -> dict[str, str]:
    told: dict[str, str] = order_facts({"activity": "newInstance", **parameters}, KEY)["product"]
    return told


def test_the_product_is_told_in_the_words_of_2_0() -> None:
    told = product(
        chargingMode="1",
        productId="p",
        skuCode="s",
        amount="5",
        diskSize="100",
        bandWidth="20",
        periodType="year",
        periodNumber="1",
        orderAmount="12.5",
        expireTime="20271121100500",
    )
    assert told == {
        "charging_mode": "PERIOD",
        "product_id": "p",
        "sku_code": "s",
        "linear_value": "5",
        "disk_size": "100",
        "band_width": "20",
        "period_type": "year",
        "period_number": "1",
        "order_amount": "12.5",
        "expire_time": "2027-11-21T10:05:00Z",
    }


@pytest.mark.parametrize(
    ("mode", "told"),
    [("0", "ON_DEMAND"), ("1", "PERIOD"), ("2", "ON_DEMAND_PKG"), ("3", "ONE_TIME"), ("77", "77")],
)
def test_an_unknown_charging_mode_is_told_as_it_came(mode: str, told: str) -> None:
    assert product(chargingMode=mode) == {"charging_mode": told}


def test_what_is_not_there_or_empty_is_left_out() -> None:
    assert product(chargingMode="", productId="", amount="") == {}


@pytest.mark.parametrize("value", ["soon", "20271399", "2" * 300])
def test_an_expiry_of_another_form_is_kept_as_text_and_cut(value: str) -> None:
    assert product(expireTime=value) == {"expire_time": value[:255]}


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"activity": "newInstance"}, "NEW"),
        ({"activity": "newInstance", "trialFlag": "0"}, "NEW"),
        ({"activity": "newInstance", "trialFlag": "1"}, "TRIAL"),
        ({"activity": "getLicense"}, "NEW"),
        ({"activity": "upgrade"}, "CHANGE"),
        ({"activity": "upgradeInstance", "trialFlag": "1"}, "CHANGE"),
    ],
)
def test_the_type_of_the_order(parameters: dict[str, str], told: str) -> None:
    assert order_facts(parameters, KEY)["order_type"] == told


def test_the_buyer_is_decrypted_with_either_size_of_key_and_a_lost_plus() -> None:
    phone = next(
        value for _ in range(2000) if "+" in (value := sensitive_fields.encrypt(KEY, "10000000000", encrypt_type="2"))
    )
    buyer = order_facts(
        {
            "activity": "newInstance",
            "customerId": "c",
            "customerName": "n",
            "userId": "u",
            "userName": "un",
            "mobilePhone": phone.replace("+", " "),
            "email": sensitive_fields.encrypt(KEY, "买家@example.com"),
        },
        KEY,
    )["buyer"]
    assert buyer == {
        "customer_id": "c",
        "customer_name": "n",
        "user_id": "u",
        "user_name": "un",
        "mobile_phone": "10000000000",
        "email": "买家@example.com",
    }


@pytest.mark.parametrize("value", ["10000000000", "A" * 16 + "****", "A" * 16 + "QUJD", "x" * 5000, "ä" * 40])
def test_what_does_not_decrypt_is_kept_and_marked(value: str) -> None:
    buyer = order_facts({"activity": "newInstance", "mobilePhone": value, "email": value}, KEY)["buyer"]
    assert buyer == {"mobile_phone_undecryptable": value, "email_undecryptable": value}


def test_the_chosen_size_of_key_is_tried_first() -> None:
    # Made with the short key, and by chance something with the long one too.
    parameters = {"activity": "newInstance", "mobilePhone": "JJzasEzOD1T0lFRviFYFndahbvrvD3pbj/K23Q=="}
    assert order_facts(parameters, KEY, "2")["buyer"] == {"mobile_phone": "10000000000"}
    assert order_facts(parameters, KEY, "1")["buyer"] != {"mobile_phone": "10000000000"}


def test_extend_params_are_names_and_values() -> None:
    pairs = [{"name": "emailDomainName", "value": "例子"}, {"name": "platformParams", "value": '{"tennantId":"t"}'}]
    assert extend_params(encoded(pairs)) == pairs
    assert extend_params("") == []


def test_extend_params_may_be_url_encoded_once_more() -> None:
    pairs = [{"name": "identificationCode", "value": "~~>>?? 测"}]
    assert "%" in quote(encoded(pairs), safe="")
    assert extend_params(quote(encoded(pairs), safe="")) == pairs


def test_extend_params_survive_a_lost_plus() -> None:
    text = base64.b64encode('[{"name":"n","value":"û¾>ûï¾"}]'.encode()).decode()
    padded = next(
        value
        for width in range(200)
        if "+" in (value := base64.b64encode(f'[{{"name":"n","value":"{"~" * width}>ûï¾"}}]'.encode()).decode())
    )
    assert extend_params(padded.replace("+", " ")) == extend_params(padded)
    assert extend_params(text)[0]["name"] == "n"


def test_values_that_are_no_text_are_told_as_json() -> None:
    given = [
        {"name": "a", "value": None},
        {"name": "b"},
        {"name": "c", "value": {"x": [1, "é"]}},
        {"name": "d", "value": 5},
    ]
    assert [one["value"] for one in extend_params(encoded(given))] == ["", "", '{"x": [1, "é"]}', "5"]


@pytest.mark.parametrize(
    "value",
    [
        "not base64!",
        "QUJD",
        "QUJ",
        base64.b64encode(b"\xff\xfe\xfd").decode(),
        encoded({"name": "a", "value": "b"}),
        encoded(["a"]),
        encoded([{"value": "b"}]),
        encoded(5),
        encoded(None),
        base64.b64encode(b"[" * 20_000).decode(),
        base64.b64encode(b"1" * 5000).decode(),
        "ä",
    ],
)
def test_what_cannot_be_read_is_kept_raw(value: str) -> None:
    assert extend_params(value) == [{"name": "raw", "value": value}]
