"""The registry: units, places, cadres, programmes, links. Promise: lists come by import; a broken file changes nothing,
a good one can be imported again and changes nothing either."""
