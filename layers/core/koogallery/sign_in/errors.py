"""Why a sign-in does not come about. Every error names the page a person gets; its text is for the log only."""

from __future__ import annotations

from koogallery.errors import KoogalleryError, PermanentError, RetryableError


class SignInError(KoogalleryError):
    """``status``: of the HTTP reply. ``page``: name of the page in ``pages``. ``alarm``: somebody has to act."""

    code = "sign_in_failed"
    status = 400
    page = "start_again"
    alarm = False


class MalformedLogin(SignInError, PermanentError):
    """A parameter is missing, repeated or has a wrong form."""

    code = "login_malformed"


class AttemptMissing(SignInError, PermanentError):
    """The browser did not begin this login here, or began it too long ago."""

    code = "login_attempt_missing"


class AlreadyUsed(SignInError, PermanentError):
    """The attempt or the code was used before."""

    code = "login_already_used"


class LoginExpired(SignInError, PermanentError):
    """The auth centre takes the code, the refresh token or the access token no longer."""

    code = "login_expired"


class NotSignedIn(SignInError, PermanentError):
    """There is no session, or it has ended."""

    code = "not_signed_in"
    status = 401


class NotAllowed(SignInError, PermanentError):
    """The tenant, the user or the application is unknown, disabled or not the one that was expected."""

    code = "sign_in_not_allowed"
    status = 403
    page = "not_allowed"


class SignInNotReady(SignInError, PermanentError):
    """The seller or the marketplace has not finished setting up the sign-in."""

    code = "sign_in_not_ready"
    status = 503
    page = "not_ready"
    alarm = True


class AuthCentreFailed(SignInError, RetryableError):
    """The auth centre did not answer, or not in a form that can be used."""

    code = "auth_centre_failed"
    status = 502
    page = "auth_centre"


class AuthCentreRefused(SignInError, PermanentError):
    """The auth centre does not accept the client; the application has to be bound again."""

    code = "auth_centre_refused"
    status = 502
    page = "auth_centre"
    alarm = True


class TokenHostRefused(SignInError, PermanentError):
    """The domain name of the tenant is not an address that may be called."""

    code = "token_host_refused"
    status = 502
    page = "auth_centre"
    alarm = True


class Busy(SignInError, RetryableError):
    """Another call is refreshing the same session."""

    code = "session_busy"
    status = 503
    page = "try_again"


class AccessTokenRefused(PermanentError):
    """userinfo answered 401: the access token is missing, expired or withdrawn."""

    code = "access_token_refused"
