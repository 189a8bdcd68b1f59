"""The demo's photos: real pictures, each another one, copies that are found."""

from datetime import datetime
from itertools import combinations
from random import Random
from zoneinfo import ZoneInfo

from api.demo import drawing
from sync.photos.picture import Looked, look
from sync.photos.rules.dhash import distance
from sync.policy import defaults

AT = datetime(2026, 5, 4, 10, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
PHOTOS = defaults().photos


def seen(content: bytes) -> Looked:
    looked = look(content, PHOTOS)
    assert isinstance(looked, Looked)
    return looked


def test_they_tell_when_and_where_they_were_taken_and_are_the_same_every_time() -> None:
    content = drawing.draw(Random(1), AT, (120.7591, 37.8082))
    assert content == drawing.draw(Random(1), AT, (120.7591, 37.8082))
    looked = seen(content)
    assert looked.taken_at == AT
    assert (round(looked.lon or 0, 5), round(looked.lat or 0, 5)) == (120.7591, 37.8082)
    assert seen(drawing.draw(Random(1), AT, None)).lon is None


def test_honest_ones_do_not_resemble_each_other_and_copies_do() -> None:
    contents = [drawing.draw(Random(n), AT, None) for n in range(60)]
    hashes = [seen(content).dhash for content in contents]
    known = [found for found in hashes if found is not None]
    assert len(known) > 50
    assert min(distance(one, other) for one, other in combinations(known, 2)) > PHOTOS.similar_bits
    for content, found in zip(contents[:10], hashes, strict=False):
        copy = seen(drawing.copied(content, AT)).dhash
        assert found is None or (copy is not None and distance(found, copy) <= PHOTOS.similar_bits)
