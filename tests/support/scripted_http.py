"""Outbound HTTP that answers by script and keeps what it was sent."""

from __future__ import annotations

from koogallery.http import Http, HttpError, HttpLimits, HttpRequest, HttpResponse


class ScriptedHttp(Http):
    """Answers one after the other, the last one for ever; an error is raised instead."""

    def __init__(self, *answers: HttpResponse | HttpError) -> None:
        self.answers = list(answers)
        self.sent: list[HttpRequest] = []

    def send(self, request: HttpRequest, limits: HttpLimits) -> HttpResponse:
        """The next answer."""
        del limits
        self.sent.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, HttpError):
            raise answer
        return answer
