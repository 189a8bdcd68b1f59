"""Labels that people read: Chinese for every word, English that is no code."""

import re

import pytest

from sync import words
from sync.words import Attestation, Cause, Reason, Word

LISTS = Word.__subclasses__()


@pytest.mark.parametrize("kind", LISTS, ids=lambda kind: kind.__name__)
def test_every_word_has_a_label_in_both_languages(kind: type[Word]) -> None:
    for word in kind:
        assert re.search("[\u4e00-\u9fff]|[A-Z]{2}", word.zh), word
        assert word.en
        assert "_" not in word.en


@pytest.mark.parametrize("kind", [Reason, Attestation, Cause], ids=lambda kind: kind.__name__)
def test_what_a_cadre_reads_of_a_verdict_is_no_code(kind: type[Word]) -> None:
    for word in kind:
        assert not re.search("[A-Z]{3}", word.en.replace("WGS", "").replace("GCJ", "")), word.en
        assert len(word.en) <= 50
    for labels in ([word.en for word in kind], [word.zh for word in kind]):
        assert len(set(labels)) == len(labels)


def test_a_word_that_is_a_plain_value_is_its_own_english_label() -> None:
    assert words.Outcome.NOBODY_HOME.en == "nobody home"
    assert Reason.TIME_ODD_HOURS.en == "late at night"
