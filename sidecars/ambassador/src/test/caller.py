"""An application that is not written in Node: makes the calls that it reads and writes down what came back.

Input, as JSON on standard input: {"base": url, "calls": [{"method", "path", "headers", "body"}]}.
Output, as JSON: [{"status", "attempts", "breaker", "code", "ms"}].
"""
import json
import sys
import time
import urllib.error
import urllib.request


def make(base, call):
    body = call.get("body")
    request = urllib.request.Request(
        base + call["path"],
        data=None if body is None else body.encode(),
        headers=call.get("headers", {}),
        method=call["method"],
    )
    began = time.monotonic()
    try:
        answer = urllib.request.urlopen(request, timeout=20)
    except urllib.error.HTTPError as refused:
        answer = refused
    text = answer.read().decode()
    is_problem = (answer.headers.get("content-type") or "").startswith("application/problem+json")
    return {
        "status": answer.status if hasattr(answer, "status") else answer.code,
        "attempts": answer.headers.get("x-amb-attempts"),
        "breaker": answer.headers.get("x-amb-breaker"),
        "code": json.loads(text)["code"] if is_problem else None,
        "ms": (time.monotonic() - began) * 1000,
    }


task = json.load(sys.stdin)
json.dump([make(task["base"], call) for call in task["calls"]], sys.stdout)
