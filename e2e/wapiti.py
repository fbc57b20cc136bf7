#!/usr/bin/python3
"""Runs Debian's wapiti, whose 3.0.4 stops at -x under Python 3.11: it builds an
expression with its flags at the end. This one does without them."""

import re

from wapitiCore.net import crawler

crawler.wildcard_translate = lambda pattern: re.compile(".*".join(map(re.escape, pattern.split("*"))) + r"\Z")

from wapitiCore.main.wapiti import wapiti_main  # noqa: E402

wapiti_main()
