"""Tests of the environment: everything wrong is named at once."""

import pytest

from bot.errors import SettingsInvalid
from bot.settings import load_settings


def test_every_wrong_variable_is_named_at_once() -> None:
    wrong = {"TRILANE_PORT": "eighty", "TRILANE_DTYPE": "int3", "TRILANE_PROT": "1"}
    with pytest.raises(SettingsInvalid) as caught:
        load_settings(wrong)
    assert all(name in str(caught.value) for name in wrong)


def test_an_option_wins_over_the_environment() -> None:
    assert load_settings({"TRILANE_PORT": "81"}, port=82).port == 82
    assert load_settings({"TRILANE_PORT": "81"}, port=None).port == 81


def test_other_peoples_variables_are_left_alone() -> None:
    assert load_settings({"PORT": "x", "HOME": "y"}).port == 8000
