"""The kinds of lists, each a file of its own."""

from sync.registry.imports.duties import LINKS, ROUTES
from sync.registry.imports.needy import NEEDY
from sync.registry.imports.people import CADRES
from sync.registry.imports.places import PLACES
from sync.registry.imports.programmes import PROGRAMMES
from sync.registry.imports.units import UNITS

KINDS = {kind.name: kind for kind in (UNITS, PLACES, CADRES, PROGRAMMES, LINKS, ROUTES, NEEDY)}
