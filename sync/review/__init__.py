"""Review: what persons do about findings: look, ask, hear, decide, undo.

Promise: a person's decision stands above every machine; whoever is doubted is heard before a refusal; nobody judges
his own unit, and what was decided can be undone.
"""
