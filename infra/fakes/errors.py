"""How each provider says no: statuses, shapes and words of its own."""

from __future__ import annotations

from infra.fakes.faults import Fault
from infra.fakes.wire import Reply

_NO_CREDIT = {
    "replicate": (402, "insufficient_credit", "You have insufficient credit to run this model."),
    "openrouter": (402, "402", "Insufficient credits. Add more using your account."),
    "anthropic": (400, "billing_error", "Your credit balance is too low to access the API."),
    "gemini": (403, "BILLING_DISABLED", "This API method requires billing to be enabled."),
    "stability": (402, "payment_required", "You lack sufficient credits to make this request."),
    "elevenlabs": (401, "quota_exceeded", "This request exceeds your quota of 10000."),
    "runway": (400, "bad_request", "You do not have enough credits to run this task."),
    "fal": (403, "forbidden", "User is locked. Reason: Exhausted balance."),
}
_MODERATED = {
    "stability": (403, "content_moderation", "Your request was flagged by our content moderation system."),
    "runway": (400, "bad_request", "The input did not pass moderation (SAFETY.INPUT.TEXT)."),
}


def faulty(provider: str, fault: Fault) -> Reply | None:
    """Return the answer to a submission that is not taken; None for one that is."""
    match fault:
        case "busy":
            busy = error(provider, 429, "rate_limit_exceeded", "too many requests")
            return Reply(busy.content, 429, headers={"Retry-After": "1"})
        case "quota":
            return error(
                provider, *_NO_CREDIT.get(provider, (429, "insufficient_quota", "You exceeded your quota."))
            )
        case "down":
            return error(
                provider,
                529 if provider == "anthropic" else 503,
                "overloaded_error",
                "the service is overloaded",
            )
        case "html":
            return Reply(b"<html><body>502 Bad Gateway</body></html>", 502, "text/html")
        case "refused":
            return error(provider, 400, "invalid_request_error", "that is not possible")
        case "moderated":
            usual = (400, "content_policy_violation", "This does not follow the content_policy: violence.")
            return error(provider, *_MODERATED.get(provider, usual))
    return None


def error(provider: str, status: int, code: str, message: str) -> Reply:
    """Return an error in the provider's own shape."""
    match provider:
        case "fal":
            return Reply({"detail": message}, status)
        case "replicate":
            return Reply({"title": code, "detail": message, "status": status}, status)
        case "elevenlabs":
            return Reply({"detail": {"status": code, "message": message}}, status)
        case "stability":
            return Reply({"id": "0", "name": code, "errors": [message]}, status)
        case "runway":
            return Reply({"error": message}, status)
        case "anthropic":
            return Reply({"type": "error", "error": {"type": code, "message": message}}, status)
        case "gemini":
            return Reply({"error": {"code": status, "message": message, "status": code}}, status)
    return Reply({"error": {"message": message, "type": code, "code": code, "param": None}}, status)
