"""Invented words for people, companies and notes; none of them is meant to be anyone."""


def words(text: str) -> tuple[str, ...]:
    """The words of a text, in order."""
    return tuple(text.split())


FIRST_NAMES = words(
    """
    Zorin Mipla Quenby Tavro Lumka Brisbo Yelda Fenno Ostrel Pimra Dovik Ruzana Kelbo Sorell
    Hatti Joralf Nimue Wexley Avelot Groba Éloise Ümberto Ñandor Öskar Žofka Čedomil
    """
)
LAST_NAMES = words(
    """
    Quibblewick Sampleworth Fixtureton Mockbury Testaway Placeholm Dummerling Loremsby
    Ipsumdale Fakenstrøm-Nix Stubbsworth Notrealli Madeupska Inventano Nonesuch Fabulant
    Fictionez Exemplar Pretendry Wasnever Allegoro Phantomby Makebeliev Imaginov Könnteson
    Façadeux
    """
)
TITLES = (
    "Analyst",
    "Senior Analyst",
    "Clerk, Night Desk",
    "Coordinator",
    "Dispatcher",
    "Engineer",
    "Lead Engineer",
    "Manager",
    "Manager, Field Office",
    "Nurse",
    "Technician",
    "Warehouse Associate",
)
COMPANY_FIRST = words(
    """
    amber birch cobalt drift ember fennel garnet hollow indigo juniper kelp linden mallow
    nettle ochre pebble quartz russet saffron thistle umber velvet willow yarrow zephyr
    basalt copper dune fjord granite heath ivory
    """
)
COMPANY_LAST = words(
    """
    anvil beacon compass dock engine foundry gears harbor inkworks joinery kiln looms mills
    nursery orchard press quarry rails studio tannery union vault wharf yard atlas bakery
    cargo depot exchange freight glass hangar
    """
)
PRIVATE_DOMAINS = ("letterbox.example", "pigeonpost.example", "myinbox.example")
CARRIERS = (
    "Blue Heron Health",
    "Larkspur, Finch & Co.",
    "Old Lighthouse Mutual",
    'The "Green" Cross',
    "Tortoise Benefit Trust",
)
NOTES = (
    "",
    "Badge reissued, desk moved",
    "Goes by the second name",
    'Prefers "Zo", not the full name',
    "Transferred from the night shift\nsee file 12",
    "Part time",
)
