"""An estimate without people: objects that a caption names and no reference caption does.

In the manner of CHAIR (Rohrbach et al. 2018, arXiv:1809.02156): words are read as one of the 80
object categories of COCO, and what is named must be known of the image. CHAIR knows the objects of
COCO's instance masks as well; Flickr30k has none, so that the five references are all there is to
know. The estimate therefore calls made up what five people did not mention, and overlooks every
object outside the 80, every wrong colour, number and action. It is no count of hallucinations.

The table of words is ours: each category with its synonyms and the kinds of it that captions of
photographs name.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

CATEGORIES: Mapping[str, str] = {
    "person": (
        "people, man, men, woman, women, child, children, boy, girl, baby, toddler, infant, kid, "
        "guy, lady, gentleman, gentlemen, male, female, adult, teenager, teen, player, rider, "
        "worker, skateboarder, surfer, skier, snowboarder, runner, cyclist, biker, bicyclist, "
        "pedestrian, crowd, officer, policeman, policemen, fireman, firemen, firefighter, soldier, "
        "musician, guitarist, singer, dancer, performer, artist, chef, cook, waiter, waitress, "
        "student, teacher, doctor, nurse, bride, groom, couple, family, mother, mom, father, dad, "
        "son, daughter, brother, sister, friend, swimmer, climber, hiker, fisherman, fishermen, "
        "athlete, batter, pitcher, goalie, spectator, audience, cowboy, clown, vendor, customer, "
        "shopper, grandmother, grandfather, human, businessman, businessmen, juggler, gymnast, "
        "wrestler, boxer, acrobat, painter, photographer, driver, passenger, team, somebody, "
        "someone, football player, baseball player, basketball player, volleyball player, "
        "tennis player, keyboard player, cow girl"
    ),
    "bicycle": "bike, cycle, mountain bike, tricycle",
    "car": "automobile, sedan, taxi, cab, suv, jeep, convertible, limousine, race car",
    "motorcycle": "motorbike, moped, scooter, dirt bike, motor bike, motor cycle",
    "airplane": "plane, aeroplane, jet, aircraft, airliner, biplane",
    "bus": "buses, school bus, minibus, double decker, trolleybus",
    "train": "locomotive, subway, tram, trolley, streetcar, railway car",
    "truck": "lorry, pickup, semi, fire truck, fire engine, dump truck, tow truck",
    "boat": (
        "ship, canoe, canoes, kayak, sailboat, rowboat, raft, ferry, yacht, gondola, vessel, dinghy"
    ),
    "traffic light": "stoplight, stop light, traffic signal",
    "fire hydrant": "hydrant",
    "stop sign": "",
    "parking meter": "",
    "bench": "park bench",
    "bird": (
        "duck, goose, geese, pigeon, seagull, gull, parrot, owl, eagle, hawk, swan, chicken, hen, "
        "rooster, penguin, flamingo, ostrich, crow, sparrow, peacock, turkey"
    ),
    "cat": "kitten, kitty",
    "dog": (
        "puppy, pup, poodle, terrier, labrador, retriever, greyhound, dachshund, husky, collie, "
        "bulldog, beagle, corgi, spaniel, shepherd dog, dalmatian, hound, canine"
    ),
    "horse": "pony, foal, stallion, mare, bronco, colt",
    "sheep": "lamb, ram, ewe",
    "cow": "cattle, bull, calf, calves, ox, oxen, steer, heifer",
    "elephant": "",
    "bear": "polar bear, grizzly, panda, cub",
    "zebra": "",
    "giraffe": "",
    "backpack": "knapsack, rucksack, back pack",
    "umbrella": "parasol",
    "handbag": "purse, hand bag, pocketbook",
    "tie": "necktie, bow tie, bowtie",
    "suitcase": "luggage, suit case",
    "frisbee": "flying disc, flying disk",
    "skis": "ski",
    "snowboard": "snow board",
    "sports ball": (
        "ball, baseball, basketball, football, soccer ball, volleyball, tennis ball, beach ball, "
        "softball, rugby ball, golf ball, bowling ball"
    ),
    "kite": "",
    "baseball bat": "bat",
    "baseball glove": "mitt, catcher's mitt",
    "skateboard": "skate board",
    "surfboard": "surf board, bodyboard, boogie board",
    "tennis racket": "racket, racquet, tennis racquet",
    "bottle": "beer bottle, wine bottle, water bottle",
    "wine glass": "wineglass, champagne glass, goblet",
    "cup": "mug, teacup, coffee cup",
    "fork": "",
    "knife": "knives",
    "spoon": "",
    "bowl": "",
    "banana": "",
    "apple": "",
    "sandwich": "burger, hamburger, cheeseburger, panini",
    "orange": "",
    "broccoli": "",
    "carrot": "",
    "hot dog": "hotdog",
    "pizza": "",
    "donut": "doughnut",
    "cake": "cupcake, birthday cake, wedding cake",
    "chair": "armchair, stool, recliner, lawn chair, rocking chair",
    "couch": "sofa, loveseat",
    "potted plant": "houseplant, house plant",
    "bed": "bunk bed, mattress, crib",
    "dining table": "table, desk, picnic table, coffee table",
    "toilet": "urinal",
    "tv": "television, television set",
    "laptop": "laptop computer, notebook computer",
    "mouse": "computer mouse",
    "remote": "remote control",
    "keyboard": "computer keyboard",
    "cell phone": "phone, cellphone, mobile phone, smartphone, telephone, iphone",
    "microwave": "",
    "oven": "stove",
    "toaster": "",
    "sink": "washbasin",
    "refrigerator": "fridge, freezer",
    "book": "novel, textbook",
    "clock": "",
    "vase": "",
    "scissors": "",
    "teddy bear": "stuffed bear, teddy",
    "hair drier": "hair dryer, hairdryer, blow dryer",
    "toothbrush": "",
}
# Phrases that hold the word of a category and mean something else.
OTHERWISE = (
    "hot dog stand, bear cub, baby stroller, baby carriage, orange shirt, orange jacket, "
    "orange vest, orange hat, orange dress, orange and, in orange, toilet seat, car seat, "
    "train station, train tracks, train track, bus stop, bus station, book store, bookstore, "
    "apple tree, dog house, cup holder, dining room, book shelf, table tennis, "
    "table cloth, book bag, boat house, bird house, bird bath, piano keyboard, "
    "football field, football team, football game, football helmet, "
    "football uniform, football jersey, baseball field, baseball game, "
    "baseball team, baseball cap, baseball uniform, baseball hat, baseball jersey, "
    "basketball court, basketball game, basketball team, basketball hoop, "
    "basketball uniform, basketball jersey, volleyball court, volleyball game, "
    "volleyball net, ball game, ball field, ball gown, phone booth, "
    "telephone pole, telephone booth, bear costume, tie dye"
)

_letters = re.compile(r"[a-z]+").findall
_possessive = re.compile(r"['’]s?\b")
_ES = ("ches", "shes", "sses", "xes", "zzes", "oes")


def _words(text: str) -> list[str]:
    return _letters(_possessive.sub("", text.lower()))


def _singular(word: str) -> str:
    """The singular of an English noun, by its ending; irregular ones are in the table."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(_ES):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _phrase(text: str) -> tuple[str, ...]:
    return tuple(_singular(word) for word in _words(text))


def _listed(text: str) -> Iterator[str]:
    return (part.strip() for part in text.split(",") if part.strip())


def _table() -> dict[tuple[str, ...], str | None]:
    """Phrase of singular words -> category, None for a phrase that means something else."""
    table: dict[tuple[str, ...], str | None] = {_phrase(text): None for text in _listed(OTHERWISE)}
    for category, synonyms in CATEGORIES.items():
        for text in (category, *_listed(synonyms)):
            table[_phrase(text)] = category
    return table


_TABLE = _table()
_LONGEST = max(map(len, _TABLE))


def objects_in(text: str) -> dict[str, str]:
    """Categories that a text names, each with the words it first does so with; longest first."""
    words = _words(text)
    found: dict[str, str] = {}
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST, len(words) - at), 0, -1):
            part = words[at : at + length]
            if (phrase := tuple(map(_singular, part))) in _TABLE:
                if (category := _TABLE[phrase]) is not None:
                    found.setdefault(category, " ".join(part))
                at += length
                break
        else:
            at += 1
    return found


def unreferenced_objects(caption: str, references: Iterable[str]) -> tuple[str, ...]:
    """The words of a caption for objects that no reference names, in their order."""
    known = {category for text in references for category in objects_in(text)}
    return tuple(words for category, words in objects_in(caption).items() if category not in known)
