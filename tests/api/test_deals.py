from typing import Any


def test_smoke(cast: Any, as_user: Any) -> None:
    api = as_user(cast.alice)
    r = api.post("deals/", {"title": "Pump", "amount": "1234.50", "currency": "EUR", "company": cast.acme.pk})
    assert r.status_code == 201, r.content
    print(r.json(), dict(r.headers))
    r2 = api.get(r["Location"])
    assert r2.json() == r.json()
    r = api.get("deals/", {"expand": "stage,owner,company", "limit": 1})
    print(r.json())
    for name in [
        "pipelines",
        "stages",
        "activities",
        "companies",
        "contacts",
        "products",
        "sources",
        "users",
        "teams",
        "events",
        "currencies",
        "exchange-rates",
        "me",
        "win-reasons",
    ]:
        r = api.get(f"{name}/")
        assert r.status_code == 200, (name, r.content)
    r = api.get("nothing/")
    print(r.status_code, r.content)
    r = api.get("deals?limit=3")
    print(r.status_code, r["Location"])
    r = api.get("docs/")
    print(r.status_code)
