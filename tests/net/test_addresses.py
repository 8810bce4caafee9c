"""A webhook goes to a public address or a name, however the address is spelled."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.addresses import why_not


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook",
        "http://example.com",
        "HTTPS://EXAMPLE.COM:8443/a?b=c#d",
        "https://hooks.example.co.uk./x",
        "https://8.8.8.8/hook",
        "https://[2606:4700:4700::1111]/hook",
        "https://bücher.example/hook",
        "https://xn--bcher-kva.example/hook",
        "https://127.0.0.1.example.com/",
        "https://localhost.example.com/",
        "https://my_service.example.com/",
        "https://1.1.1.1.example/",
    ],
)
def test_a_public_address_is_accepted(url: str) -> None:
    assert why_not(url, allow_private=False) is None


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.255.0.9",
        "127.1",
        "127.0.1",
        "0",
        "0.0.0.0",
        "2130706433",
        "0x7f000001",
        "0x",
        "0x7F.0.0.1",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "10.0.0.1",
        "10.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "192.168.257",
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:10.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fc00::1]",
        "[fd12:3456::1]",
        "[ff02::1]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "web.localhost",
        "localhost.localdomain",
        "ip6-localhost",
        "１２７.0.0.1",
        "127。0。0。1",
        "①②⑦.0.0.1",
        "ｌocalhost",
    ],
)
def test_this_machine_and_private_networks_are_refused_in_every_spelling(host: str) -> None:
    assert why_not(f"http://{host}/hook", allow_private=False) is not None
    assert why_not(f"https://{host}:8443/hook", allow_private=False) is not None


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "0x7f.1", "192.168.0.7"])
def test_development_may_allow_private_addresses(host: str) -> None:
    assert why_not(f"http://{host}:9000/hook", allow_private=True) is None


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "javascript:alert(1)",
        "example.com/hook",
        "//example.com/hook",
        "http:/example.com",
        "http://",
        "http:///hook",
        "http://user:password@example.com/",
        "http://example.com@127.0.0.1/",
        "http://127.0.0.1\\@example.com/",
        "http://exa mple.com/",
        "http://example.com/\n",
        " http://example.com/",
        "http://127.0.0.1%2f@example.com/",
        "http://127%2e0.0.1/",
        "http://[fe80::1%25eth0]/",
        "http://[::1/",
        "http://[1.2.3.4]/",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:http/",
        "http://256.256.256.256/",
        "http://1.2.3.4.5/",
        "http://09.1.1.1/",
        "http://-example.com/",
        "http://exa..mple.com/",
        "http://" + "a" * 64 + ".com/",
        "http://" + "1" * 5000 + "/",
        "",
    ],
)
def test_what_is_no_http_address_is_refused_even_in_development(url: str) -> None:
    assert why_not(url, allow_private=True) is not None


@given(st.text(max_size=60))
def test_any_text_gets_an_answer(url: str) -> None:
    for address in (url, "http://" + url):
        wrong = why_not(address, allow_private=False)
        if wrong is None:
            host = urlsplit(address).hostname
            assert address.startswith(("http://", "https://"))
            assert host is not None
            assert not host.endswith("localhost")
        else:
            assert wrong == wrong.strip() != ""


@given(
    st.integers(0, 255), st.integers(0, 255), st.integers(0, 255), st.sampled_from(["{}", "{:#x}", "0{:o}"])
)
def test_the_loopback_network_is_found_in_any_base(b: int, c: int, d: int, spelling: str) -> None:
    value = 127 << 24 | b << 16 | c << 8 | d
    dotted = ".".join(spelling.format(part) for part in (127, b, c, d))
    short = f"{spelling.format(127)}.{spelling.format(b << 16 | c << 8 | d)}"
    for host in (dotted, short, spelling.format(value)):
        assert why_not(f"http://{host}/", allow_private=False) is not None
