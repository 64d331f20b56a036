"""The pages a person may see: self-contained, in English and Chinese, nothing loaded, nothing but texts of ours.

Anything that comes from outside goes through ``html.escape``.
"""

# ruff: noqa: RUF001 - Chinese has commas of its own

from __future__ import annotations

from html import escape
from types import MappingProxyType
from typing import NamedTuple

from koogallery.apig import Reply

HEADERS = MappingProxyType(
    {
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        "Content-Type": "text/html; charset=utf-8",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
)


class Page(NamedTuple):
    """Title and text in both languages; ``again``: with a link to a new login."""

    title: str
    text: str
    title_zh: str
    text_zh: str
    again: bool = False


PAGES = {
    "signed_in": Page(
        "You are signed in",
        "You can close this page and go on in the product.",
        "您已登录",
        "您可以关闭此页面，继续使用产品。",
    ),
    "signed_out": Page("You are signed out", "Your session has ended.", "您已退出登录", "您的会话已结束。", again=True),
    "workbench": Page(
        "Open the product from your workbench",
        "The login page of this product has not been set up. In this browser, open the product from your enterprise's "
        "workbench, or ask the provider of the product.",
        "请从工作台打开产品",
        "此产品的登录页面尚未配置。请在此浏览器中从企业工作台打开产品，或联系产品提供商。",
    ),
    "start_again": Page(
        "Please sign in again",
        "This login was not begun in this browser, took too long, or was used already.",
        "请重新登录",
        "此次登录不是在本浏览器中发起、已超时或已被使用。",
        again=True,
    ),
    "not_allowed": Page(
        "No access",
        "Your account may not use this product. Please ask the administrator of your enterprise.",
        "无权访问",
        "您的账号无权使用此产品，请联系企业管理员。",
        again=True,
    ),
    "auth_centre": Page(
        "The login service of your enterprise did not answer properly",
        "Please try again in a few minutes. If it happens again, tell the provider of the product.",
        "企业登录服务异常",
        "请稍后重试。如仍无法登录，请联系产品提供商。",
        again=True,
    ),
    "not_ready": Page(
        "Sign-in is not ready",
        "The sign-in of this product has not been set up completely. Please tell the provider of the product.",
        "登录尚未就绪",
        "此产品的登录功能尚未配置完成，请联系产品提供商。",
    ),
    "try_again": Page(
        "Please try again",
        "The service is busy or not available for the moment.",
        "请稍后重试",
        "服务繁忙或暂时不可用。",
        again=True,
    ),
    "not_found": Page("Page not found", "There is nothing at this address.", "页面不存在", "此地址没有内容。"),
}


def page(status: int, name: str, headers: dict[str, str] | None = None, *, who: str = "") -> Reply:
    """A page of ``PAGES``; ``who`` is shown below its title."""
    shown = PAGES[name]
    person = f"<p><b>{escape(who)}</b></p>" if who else ""
    link = '<p><a href="/login">Sign in / 登录</a></p>' if shown.again else ""
    body = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(shown.title)}</title>"
        "<style>body{font-family:sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem;line-height:1.5}</style>"
        f"</head><body><main><h1>{escape(shown.title)}</h1>{person}<p>{escape(shown.text)}</p>"
        f'<div lang="zh-CN"><h2>{escape(shown.title_zh)}</h2><p>{escape(shown.text_zh)}</p></div>{link}'
        "</main></body></html>"
    )
    return {
        "statusCode": int(status),
        "headers": {**HEADERS, **(headers or {})},
        "isBase64Encoded": False,
        "body": body,
    }


def redirect(status: int, location: str, headers: dict[str, str] | None = None) -> Reply:
    """Send the browser on. ``location`` is built from our own settings and checked addresses, never from a request."""
    sent = {
        "Cache-Control": "no-store",
        "Content-Type": "text/plain; charset=utf-8",
        "Location": location,
        "Referrer-Policy": "no-referrer",
        **(headers or {}),
    }
    return {"statusCode": int(status), "headers": sent, "isBase64Encoded": False, "body": ""}
