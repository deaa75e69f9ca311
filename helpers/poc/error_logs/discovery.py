"""Groups of templates that the team's categories do not cover, proposed as new categories.

    found = discover(run, asker, templates, answers, sorting, naming_prompt)

A model that has no category for a kind of failure says "none of these", or squeezes it into whatever is nearest, now
this category, now that. Both show in the same way: templates that mean much the same, and answers that do not agree.

1. All templates are embedded and clustered: average linkage on cosine distance (scipy.cluster.hierarchy). The tree is cut
   at the height whose clusters have the largest mean silhouette (Rousseeuw 1987).
2. A cluster of at least `min_cluster` templates is a candidate when fewer than half of them have one category in common.
3. The model names and defines it from its five most typical templates.
4. Its templates, all that fit none, and doubtful ones, nearer to the candidate than to their own category, are sorted again
   with the candidate among the categories. A candidate that keeps fewer than `min_cluster` templates is withdrawn.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from helpers.poc.error_logs.asking import Asker, NoReply, in_log, object_of
from helpers.poc.error_logs.classification import Sorted, Sorting, classify, spoken
from helpers.poc.error_logs.parameters import Category

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from helpers.logs import Template
    from helpers.poc import Run

WORK = "naming"
EXEMPLARS = 5
AGREED = 0.5  # share of a cluster's templates in one category from which on the cluster is no news
_CUTS = 40  # heights at which the tree is tried
_NO_WORDS = re.compile(r"<[^<>\s]{1,20}>|\b\w*\d\w*\b|[=|_{}\[\]\"]")


@dataclass(frozen=True)
class Candidate:
    """A cluster of templates whose answers do not agree. Ids are templates'.

    agreement: share of them in the category that most of them have. cohesion: mean cosine of two of them; apart: mean
    cosine to the nearest other cluster, so that a cohesion far above it shows a group, and one beside it does not.
    """

    members: tuple[int, ...]
    exemplars: tuple[int, ...]
    agreement: float
    cohesion: float
    apart: float


@dataclass(frozen=True)
class Proposal:
    """A new category as it is proposed to the team; templates: that were sorted into it in the end."""

    name: str
    definition: str
    candidate: Candidate
    templates: tuple[int, ...]
    lines: int


@dataclass(frozen=True)
class Discovery:
    """What came of it: proposals, every template's category after them, and what was withdrawn and why."""

    proposals: tuple[Proposal, ...] = ()
    answers: Mapping[int, Sorted] = field(default_factory=dict)
    withdrawn: tuple[tuple[Candidate, str], ...] = ()


def discover(
    run: Run, asker: Asker, templates: Sequence[Template], answers: Mapping[int, Sorted], sorting: Sorting, prompt: str
) -> Discovery:
    """Find, name and check new categories. Makes calls, see the module; none where the run allows no new category."""
    answered = [one for one in templates if not answers[one.id].problem]
    if not run.parameters.allow_new or len(answered) < 2 * run.parameters.min_cluster:
        return Discovery(answers=dict(answers))
    vectors = embedded(run, answered)
    categories = {one.id: answers[one.id].category for one in answered}
    by_id = {one.id: one for one in templates}
    candidates = candidates_in(vectors, categories, run.parameters.min_cluster)
    named = run.map(
        lambda one: named_group(asker, [by_id[i] for i in one.exemplars], prompt),
        candidates,
        "naming groups",
        name=lambda one: f"a group of {len(one.members)} templates",
    )
    widened, again, offered, withdrawn = sorting, {i for i, name in categories.items() if not name}, [], []
    for candidate, category in zip(candidates, named, strict=True):
        if category is None:
            withdrawn.append((candidate, "it could not be named"))
        elif category.name.casefold() in {one.name.casefold() for one in widened.categories}:
            withdrawn.append((candidate, f"the model calls it {category.name}, which is there already"))
        else:
            widened = widened.with_new(category, [by_id[i] for i in candidate.exemplars])
            again |= {*candidate.members, *doubtful(candidate, vectors, categories)}
            offered.append((candidate, category))
    final = dict(answers)
    if offered:
        asked = [one for one in answered if one.id in again]
        sorted_again = classify(run, asker, asked, widened, label="sorting again")
        final |= {i: one for i, one in sorted_again.items() if not one.problem}
    proposals = []
    for candidate, category in offered:
        kept = tuple(i for i, one in final.items() if one.category == category.name)
        if len(kept) >= run.parameters.min_cluster:
            lines = sum(by_id[i].count for i in kept)
            proposals.append(Proposal(category.name, category.definition, candidate, kept, lines))
        else:
            withdrawn.append((candidate, f"only {len(kept)} templates were sorted into {category.name}"))
            final |= {i: answers[i] for i in kept}
    return Discovery(tuple(proposals), final, tuple(withdrawn))


def embedded(run: Run, templates: Sequence[Template]) -> dict[int, NDArray[np.float32]]:
    """Template id -> vector of length 1 of its words alone."""
    from helpers.vectors import embed

    vectors = embed(run.endpoint, [words_of(one) for one in templates])
    return dict(zip([one.id for one in templates], vectors, strict=True))


def words_of(template: Template) -> str:
    """A template's words: placeholders, numbers and its code say nothing of what it means."""
    text = template.text.replace(template.code, " ") if template.code else template.text
    return " ".join(_NO_WORDS.sub(" ", text).split()) or template.text


def candidates_in(
    vectors: Mapping[int, NDArray[np.float32]], categories: Mapping[int, str], min_cluster: int
) -> list[Candidate]:
    """Clusters whose answers do not agree, the largest first. vectors, categories: by template id, "" fits none."""
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    ids = list(vectors)
    points = np.stack([vectors[i] for i in ids])
    near = np.clip(points @ points.T, -1, 1)
    distances = 1 - near
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), method="average")
    heights = np.unique(tree[:, 2])
    cuts = [fcluster(tree, t=height, criterion="distance") for height in heights[:: max(1, len(heights) // _CUTS)]]
    labels = max(cuts, key=lambda cut: silhouettes(cut, distances).mean())
    found = []
    for label in np.unique(labels):
        places = np.flatnonzero(labels == label)
        names = Counter(categories[ids[p]] for p in places)
        agreement = max((count for name, count in names.items() if name), default=0) / len(places)
        if len(places) < min_cluster or agreement >= AGREED:
            continue
        inner = near[np.ix_(places, places)]
        typical = places[np.argsort(-inner.sum(axis=1), kind="stable")[:EXEMPLARS]]
        others = [near[np.ix_(places, labels == other)].mean() for other in np.unique(labels) if other != label]
        found.append(
            Candidate(
                members=tuple(ids[p] for p in places),
                exemplars=tuple(ids[p] for p in typical),
                agreement=agreement,
                cohesion=float((inner.sum() - len(places)) / (len(places) * (len(places) - 1))),
                apart=float(max(others, default=0.0)),
            )
        )
    return sorted(found, key=lambda one: -len(one.members))


def silhouettes(labels: NDArray[np.int_], distances: NDArray[np.float32]) -> NDArray[np.float64]:
    """(b - a) / max(a, b) for each point: a its mean distance within its cluster, b to the nearest other; 0 alone.

    Rousseeuw, Silhouettes, Journal of Computational and Applied Mathematics 20, 1987.
    """
    import numpy as np

    names, sizes = np.unique(labels, return_counts=True)
    member = labels[:, None] == names[None, :]  # points x clusters
    sums = distances @ member
    own = member.argmax(axis=1)
    size = sizes[own]
    inside = sums[np.arange(len(labels)), own] / np.maximum(size - 1, 1)
    outside = np.where(member, np.inf, sums / sizes[None, :]).min(axis=1)
    if len(names) == 1:
        return np.zeros(len(labels))
    return np.where(size == 1, 0.0, (outside - inside) / np.maximum(np.maximum(inside, outside), 1e-12))


def doubtful(
    candidate: Candidate, vectors: Mapping[int, NDArray[np.float32]], categories: Mapping[int, str]
) -> list[int]:
    """Templates of a category that are, on average, nearer to the candidate's than to the others of their category, and no
    further from it than its own least typical one."""
    import numpy as np

    group = np.stack([vectors[i] for i in candidate.members])
    least = ((group @ group.T).sum(axis=1) - 1).min() / max(len(group) - 1, 1)
    found = []
    for name in sorted(set(categories.values()) - {""}):
        ids = [i for i, category in categories.items() if category == name]
        points = np.stack([vectors[i] for i in ids])
        to_others = ((points @ points.T).sum(axis=1) - 1) / max(len(ids) - 1, 1)
        to_group = (points @ group.T).mean(axis=1)
        found += [i for i, own, new in zip(ids, to_others, to_group, strict=True) if new > max(own, least)]
    return [i for i in found if i not in candidate.members]


def named_group(asker: Asker, exemplars: Sequence[Template], prompt: str) -> Category:
    """A name and a definition for a group, from its exemplars. Raises NoReply, after a second try."""
    shape = object_of(
        name={"type": "string", "description": "name of the group, two to four words"},
        definition={"type": "string", "description": "one sentence: what belongs in the group"},
    )
    asked = [
        {"role": "system", "content": prompt},
        {"role": "user", "content": in_log([f"- {spoken(one)}" for one in exemplars])},
    ]
    for _ in range(2):
        found = asker.json(WORK, asked, shape)
        name, definition = (" ".join(str(found.get(key) or "").split()) for key in ("name", "definition"))
        if name and definition:
            return Category(name[:60], definition[:400])
    raise NoReply("the reply has no name or no definition")
