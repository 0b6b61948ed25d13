"""alerts.yml: secrets from the environment alone, mistakes by their line, routes, quiet hours."""

import datetime as dt
from pathlib import Path

import pytest

from checkpoints.alerts.config import AlertsError, Channel, Config, Quiet, Route, Subject
from checkpoints.alerts.reading import load_config
from checkpoints.alerts.words import quiet_of
from checkpoints.settings import ALERTS
from tests.alerting import write

SECRET = "https://hooks.example.com/services/T0/B0/s3cr3t"
SLACK = "channels:\n  chat:\n    type: slack\n    url: {$ENV: BENEFITS_ALERTS_CHAT}\n"
CLAIMS = Subject("raw", "claims_raw", "claims-data", "critical", ("money",))


def mistakes(folder: Path, text: str, **environment: str) -> list[str]:
    with pytest.raises(AlertsError) as error:
        load_config(write(folder, text), environment)
    assert "s3cr3t" not in str(error.value)
    return str(error.value).replace(f"{folder}/", "").splitlines()


def test_as_delivered_no_channel_is_active_until_its_variable_is_set() -> None:
    none = load_config(ALERTS, {})
    one = load_config(ALERTS, {"BENEFITS_ALERTS_SLACK_URL": SECRET})

    assert [channel.name for channel in none.channels] == ["slack", "teams", "pagerduty", "webhook"]
    assert (none.active, [channel.name for channel in one.active]) == ((), ["slack"])
    assert none.channels[0].missing == ("BENEFITS_ALERTS_SLACK_URL",)
    assert one.channels_of(CLAIMS) == {"slack", "teams", "webhook", "pagerduty"}


def test_what_the_comments_of_the_delivered_file_show_can_be_used(tmp_path: Path) -> None:
    said = ALERTS.read_text(encoding="utf-8")
    shown = said.partition("# More that a channel can say:\n")[2]
    channels, _, routes = shown.partition("# More that a route can say")
    lines = [line.removeprefix("#") for line in channels.splitlines()]
    lines = [line.replace("}    signs what is sent", "}") for line in lines]
    more = [line.removeprefix("# ") for line in routes.splitlines()[1:]]
    text = "\n".join(["channels:", *lines, "routes:", *more])
    set_ = {f"BENEFITS_ALERTS_{name}": SECRET for name in ("WEBHOOK_URL", "WEBHOOK_SECRET")}

    config = load_config(write(tmp_path, text), {**set_, "BENEFITS_ALERTS_SMTP_PASSWORD": "x"})

    assert [channel.name for channel in config.active] == ["webhook", "claims_mail"]
    assert config.channels[1].settings["port"] == 587
    assert [quiet.days for quiet in config.channels[1].quiet] == [frozenset(range(7)), {5, 6}]
    assert config.channels_of(CLAIMS) == {"claims_mail"}


def test_a_secret_that_is_written_out_is_refused_and_not_shown(tmp_path: Path) -> None:
    [told] = mistakes(tmp_path, f"channels:\n  chat:\n    type: slack\n    url: {SECRET}\n")

    assert told.startswith("alerts.yml:4: channel chat: url is a secret")
    assert "{$ENV: BENEFITS_ALERTS_URL}" in told


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (SLACK.replace("slack", "slak"), 3, "type must be one of slack, teams"),
        (SLACK + "    urll: s3cr3t\n", 5, "not 'urll'. Did you mean 'url'?"),
        (SLACK + "    limit: 0\n", 5, "limit must be a whole number above 0"),
        (SLACK.replace("_ALERTS_CHAT", "_HOME"), 4, "one that begins with BENEFITS_ALERTS_"),
        (SLACK + "routes:\n  - to: caht\n", 6, "no channel is called 'caht'. Did you mean 'chat'"),
        (SLACK + "routes:\n  - owner: ann\n", 6, "a route needs to"),
        (SLACK + "routes:\n  - {to: chat, severity: bad}\n", 6, "severity of a route must be"),
        (SLACK + "routes:\n  - {to: chat, tags: money}\n", 6, "Did you mean 'tag'?"),
        (SLACK.replace("chat", "off"), 2, "no word such as yes or off"),
        (SLACK + "match: some\n", 5, "match must be all or first"),
        (SLACK + "    quiet: {hours: 22-7}\n", 5, "hours must be said as 22:00-07:00"),
        (SLACK + "    quiet: {hours: 22:00-07:00, time_zone: Mars}\n", 5, "one that is known here"),
        (SLACK + "    quiet: {hours: 22:00-07:00, days: [so]}\n", 5, "days must be some of [mon"),
        (SLACK + "    url: s3cr3t\n", 5, "cannot be read as safe YAML ('...' is given twice)"),
        (SLACK + "  x: !!python/object:os.system s3cr3t\n", 5, "cannot be read as safe YAML"),
        (SLACK + "  x: [s3cr3t\n", 6, "cannot be read as safe YAML"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, line: int, told: str) -> None:
    [first, *_] = mistakes(tmp_path, text, BENEFITS_ALERTS_CHAT=SECRET)

    assert first.startswith(f"alerts.yml:{line}: ")
    assert told in first


MAIL = """channels:
  mail:
    type: email
    host: smtp.example.com
    user: ann
    password: {$ENV: BENEFITS_ALERTS_PASSWORD}
    from: a@example.com
    to: {$ENV: BENEFITS_ALERTS_TO}
"""


@pytest.mark.parametrize(
    ("text", "environment", "told"),
    [
        (SLACK, {"CHAT": "http://hooks.example.com/s3cr3t"}, "must be an https address"),
        (SLACK, {"CHAT": "s3cr3t"}, "BENEFITS_ALERTS_CHAT (it is not shown) must be an address"),
        (MAIL, {"PASSWORD": "s3cr3t"}, "BENEFITS_ALERTS_TO is not set, and the other variables"),
        (MAIL, {"PASSWORD": "s3cr3t", "TO": "s3cr3t"}, "must be an e-mail address"),
        (
            MAIL.replace("host:", "security: none\n    host:"),
            {"PASSWORD": "s3cr3t", "TO": "b@example.com"},
            "a password is not sent in clear",
        ),
        (
            MAIL.replace("    user: ann\n", ""),
            {"PASSWORD": "s3cr3t", "TO": "b@example.com"},
            "user and password are said together",
        ),
    ],
)
def test_a_variable_that_cannot_be_used_is_named_and_not_shown(
    tmp_path: Path, text: str, environment: dict[str, str], told: str
) -> None:
    set_ = {f"BENEFITS_ALERTS_{name}": value for name, value in environment.items()}

    [first, *_] = mistakes(tmp_path, text, **set_)

    assert told in first


def test_a_file_that_is_not_there_is_told_with_the_variable_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(AlertsError, match="BENEFITS_ALERTS"):
        load_config(tmp_path / "no.yml", {})


def test_no_secret_is_in_the_words_of_a_channel() -> None:
    config = load_config(ALERTS, {"BENEFITS_ALERTS_SLACK_URL": SECRET})

    assert "s3cr3t" not in repr(config)


@pytest.mark.parametrize(
    ("route", "goes"),
    [
        (Route(("a",)), True),
        (Route(("a",), owner=("claims-*",)), True),
        (Route(("a",), owner=("hr",)), False),
        (Route(("a",), layer=("marts", "raw")), True),
        (Route(("a",), table=("*_raw",), tag=("mon*",)), True),
        (Route(("a",), tag=("hr",)), False),
        (Route(("a",), severity="critical"), True),
    ],
)
def test_a_route_takes_what_fits_all_it_says(route: Route, goes: bool) -> None:
    assert bool(Config((), (route,)).channels_of(CLAIMS)) is goes


def test_a_route_takes_its_severity_and_what_is_worse() -> None:
    config = Config((), (Route(("a",), severity="warning"),))
    goes = [bool(config.channels_of(Subject("raw", "t", None, s))) for s in ("info", "warning")]

    assert goes == [False, True]


def test_all_routes_that_fit_are_taken_or_where_that_is_said_the_first() -> None:
    routes = (Route(("a",), layer=("raw",)), Route(("b",), layer=("marts",)), Route(("c",)))

    assert Config((), routes).channels_of(CLAIMS) == {"a", "c"}
    assert Config((), routes, first_only=True).channels_of(CLAIMS) == {"a"}


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def quiet(**said: object) -> Channel:
    return Channel("chat", "slack", {}, quiet=(quiet_of({"hours": "22:00-07:00", **said}),))


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-03-02T21:30", "2026-03-03T06:00"),  # Monday 22:30 in Berlin
        ("2026-03-03T05:59", "2026-03-03T06:00"),
        ("2026-03-03T06:00", None),
        ("2026-03-02T20:59", None),
        ("2026-03-29T00:30", "2026-03-29T05:00"),  # the night the clock is put forward
    ],
)
def test_a_message_waits_until_quiet_hours_end_by_the_clock_on_the_wall(
    moment: str, until: str | None
) -> None:
    channel = quiet(time_zone="Europe/Berlin")

    assert channel.quiet_until(at(moment), "warning") == (at(until) if until else None)


def test_critical_breaks_through_unless_it_is_told_to_wait() -> None:
    night = at("2026-03-02T23:00")

    assert quiet().quiet_until(night, "critical") is None
    assert quiet(critical="wait").quiet_until(night, "critical") == at("2026-03-03T07:00")


def test_quiet_days_and_nights_that_meet_are_waited_out_together() -> None:
    weekend = quiet_of({"hours": "00:00-24:00", "days": ["sat", "sun"]})
    channel = Channel("chat", "slack", {}, quiet=(weekend, *quiet().quiet))

    # Friday evening, through the weekend and the night after it
    assert channel.quiet_until(at("2026-03-06T22:30"), "warning") == at("2026-03-09T07:00")
    assert isinstance(weekend, Quiet)
