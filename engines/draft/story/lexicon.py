"""Which English words the rules know: what can act, what can be done, where, when and in what mood."""

from __future__ import annotations


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


DETERMINERS = words_of(
    "a an the this that these those my your his her its our their some one another every each no any"
)
NUMBERS = words_of(
    "two three four five six seven eight nine ten eleven twelve twenty hundred thousand many several few both"
)
PREPOSITIONS = words_of(
    "in on at over under through across inside near by along beneath above beyond around into onto "
    "to from among "
    "between behind beside below against toward towards up down of with without for during after "
    "before about like as "
    "outside within past throughout via off out amid aboard underneath atop until upon"
)
PLACE_PREPOSITIONS = words_of(
    "in on at over under through across inside near by along beneath above beyond around into onto "
    "among between "
    "behind beside below toward towards outside within past throughout amid aboard underneath atop "
    "to from down up upon"
)
CONJUNCTIONS = words_of(
    "and or but while when until because so if as then yet before after since although though where"
)
RELATIVES = words_of("who that which whose whom")
ADVERBS = words_of(
    "slowly quickly quietly suddenly finally always never often secretly gently bravely sadly "
    "happily together alone "
    "accidentally softly silently still just only again once almost one-day now then here there "
    "nervously carefully"
)
SUBJECT_PRONOUNS = words_of("i you he she it we they")
AUXILIARIES = words_of(
    "is are am was were has have had can could will would must should may might does do did shall cannot"
)

VERBS = words_of(
    "accept achieve adopt answer appear argue arrive ask attack awake bake battle be beat become "
    "befriend begin believe "
    "bloom blow break breathe bring build burn buy call calm camp care carry catch celebrate change "
    "chase choose clean "
    "climb close collect come compete confront conquer construct cook crash crawl create cross cry "
    "dance dare decide "
    "defeat defend deliver descend design dig dine discover dive draw dream drift drink drive drop "
    "earn eat embark "
    "encounter enjoy enter escape explain explore face fall feed feel fight fill find finish fish "
    "fix flee float flow "
    "fly follow forget forgive free gather get give glide go grow guard guide hatch haunt heal hear "
    "help hide hike hit "
    "hold hope howl hug hunt imagine inherit invent investigate invite join journey jump keep kiss "
    "knit know land last "
    "laugh launch lead leap learn leave let lie lift light listen live look lose love make march "
    "marry meet melt miss "
    "move need notice offer open outrun own pack paddle paint perform plan plant play practice pray "
    "prepare protect "
    "prove pull push put race raise reach read rebuild receive recall recover refuse release "
    "remember repair rescue "
    "rest restore return reunite reveal ride rise risk roam roll row rule run sail save say scare "
    "search see seek sell "
    "send set shake share shine sing sink sit skate ski sleep slip smell smile sneak soar solve "
    "speak spin stand stare "
    "start stay steal stop stray struggle study surf survive swim take talk taste teach tell tend "
    "test think threaten "
    "throw trade train transform travel trek try turn uncover understand unite use visit wait wake "
    "walk wander want "
    "warn wash watch water wear weave whisper win wish witness wonder work worry write yearn glow "
    "sparkle ripple "
    "migrate erupt knock vanish disappear gallop whistle rebel recycle bury orbit unlock overcome "
    "repaint serve saves mourn miss"
) - words_of("saves")
STATIVE = words_of(
    "want wish need hope dream long yearn try decide plan learn love refuse dare start begin struggle"
)

_IRREGULAR = """\
awake awoke|be was|beat beat|become became|begin began|blow blew|break broke
bring brought|build built|buy bought|catch caught|choose chose|come came|dig dug
draw drew|drink drank|drive drove|eat ate|fall fell|feed fed|feel felt
fight fought|find found|flee fled|fly flew|forget forgot|forgive forgave
freeze froze|get got|give gave|go went|grow grew|hear heard|hide hid|hold held
keep kept|know knew|lead led|leave left|lose lost|make made|meet met|ride rode
rise rose|run ran|say said|see saw|seek sought|sell sold|send sent|shake shook
shine shone|sing sang|sink sank|sit sat|sleep slept|speak spoke|spin spun
stand stood|steal stole|swim swam|take took|teach taught|tell told|think thought
throw threw|understand understood|wake woke|wear wore|weave wove|win won
write wrote|overcome overcame"""
PAST_TO_BASE = {
    pair.split()[1]: pair.split()[0] for line in _IRREGULAR.splitlines() for pair in line.split("|") if pair
}
PARTICIPLES = words_of(
    "lost trapped made called named set left abandoned forgotten covered surrounded stranded stuck "
    "hidden buried frozen "
    "lit known born built based inspired told seen filled"
)

ADJECTIVES = words_of(
    "lonely old young little small big large tiny giant huge brave shy happy sad angry tired sleepy "
    "clever curious kind "
    "red blue green yellow white black golden silver orange pink purple grey gray brown snowy rainy "
    "sunny foggy stormy "
    "misty dark bright warm cold hot frozen abandoned forgotten ancient lost last first magical "
    "magic mysterious secret "
    "hidden quiet silent noisy beautiful ugly famous poor rich strong weak blind deaf wild tame "
    "gentle fierce new modern "
    "retired broken rusty wooden northern southern eastern western empty crowded busy peaceful deep "
    "high tall short long "
    "thin fat round fast slow homeless orphaned stray elderly middle-aged teenage lovely cute funny "
    "grumpy cheerful "
    "nervous fearless reluctant humble proud ordinary strange weird distant far final only single "
    "wounded injured dying "
    "living stone paper electric solar smart organic fresh delicious sweet simple easy great grand "
    "royal evil good bad "
    "wise foolish lazy bold calm dusty muddy icy sandy rocky clumsy stubborn friendly jealous "
    "naughty busy green-eyed one-eyed three-legged"
)

HE = words_of(
    "man boy king prince father dad grandfather grandpa brother uncle son husband fisherman cowboy "
    "monk wizard gentleman "
    "groom grandson nephew fireman policeman milkman craftsman postman snowman businessman stuntman boyfriend"
)
SHE = words_of(
    "woman girl queen princess mother mum mom grandmother grandma sister aunt daughter wife witch "
    "ballerina mermaid "
    "bride nun granddaughter niece actress waitress lady girlfriend heroine fisherwoman policewoman "
    "businesswoman"
)
PEOPLE = words_of(
    "person child kid baby teenager keeper astronaut chef cook baker pilot sailor captain pirate "
    "knight doctor nurse "
    "teacher student scientist artist painter musician pianist violinist singer dancer writer poet "
    "farmer soldier "
    "detective thief spy hacker gardener carpenter blacksmith clockmaker watchmaker shoemaker tailor "
    "librarian driver "
    "traveller traveler explorer climber mountaineer hiker runner swimmer surfer skater skier "
    "cyclist player athlete "
    "coach hunter shepherd hero villain stranger friend neighbour neighbor inventor engineer "
    "mechanic builder worker "
    "photographer filmmaker director magician clown juggler acrobat ninja samurai warrior viking "
    "ghost vampire zombie "
    "giant elf fairy angel alien postwoman firefighter fisher mailman diver miner nomad orphan twin "
    "cartographer "
    "mapmaker archaeologist beekeeper lighthouse-keeper barista couple family crew team band tribe "
    "villager passenger "
    "toddler grandparent candlemaker bookseller potter sculptor courier messenger programmer designer janitor"
)
CREATURES = words_of(
    "animal cat kitten dog puppy fox wolf bear lion tiger elephant whale dolphin shark octopus "
    "turtle tortoise fish bird "
    "owl eagle raven crow sparrow penguin duck duckling goose swan chicken hen rooster parrot pigeon "
    "seagull gull horse "
    "pony donkey cow sheep lamb goat pig mouse rat rabbit bunny hare hedgehog squirrel deer stag "
    "moose monkey gorilla "
    "panda koala kangaroo snail frog toad snake lizard crocodile dragon unicorn phoenix monster "
    "dinosaur mammoth bee "
    "butterfly ant spider firefly beetle caterpillar crab jellyfish starfish seal otter beaver "
    "badger raccoon bat camel "
    "giraffe zebra hippo rhino robot android drone machine toy doll teddy puppet snowflake cloud "
    "star raindrop leaf seed "
    "balloon paperboat teapot toaster creature beast hamster llama sloth hummingbird salmon ladybug "
    "golem spaceship"
)
GROUPS = words_of("couple family crew team band tribe people children men women twins friends strangers")

PLURALS = {
    "children": "child", "men": "man", "women": "woman", "people": "person", "mice": "mouse",
    "wolves": "wolf",
    "geese": "goose", "feet": "foot", "leaves": "leaf", "thieves": "thief", "knives": "knife",
    "sheep": "sheep",
    "fish": "fish", "deer": "deer", "lives": "life", "loaves": "loaf", "elves": "elf",
    "fishermen": "fisherman",
}  # fmt: skip

NAMES_SHE = words_of(
    "anna maria emma olivia sophia sofia mia lena lea clara julia sarah laura lisa nina eva ella "
    "lucy alice grace "
    "rose lily amelia zoe chloe hannah ida nora mary elena irina olga jane kate amy maya aisha "
    "fatima priya mei yuki"
)
NAMES_HE = words_of(
    "tom john james peter paul max leo ben sam jack oliver noah liam lucas felix anton karl hans "
    "david daniel michael "
    "adam ivan pedro juan carlos marco luca omar ali raj kenji henry george arthur oscar theo jonas "
    "emil bob tim"
)

TIMES: dict[str, tuple[str, ...]] = {
    "dawn": ("dawn", "sunrise", "daybreak", "first light"),
    "morning": ("morning", "breakfast"),
    "day": ("noon", "midday", "daylight", "sunny", "afternoon", "daytime"),
    "sunset": ("sunset", "dusk", "evening", "twilight", "golden hour", "sundown"),
    "night": ("night", "midnight", "moonlight", "moonlit", "starlight", "starry", "nighttime",
        "northern lights", "aurora",
              "stars"),
}  # fmt: skip
WEATHER: dict[str, tuple[str, ...]] = {
    "storm": ("storm", "stormy", "thunder", "lightning", "hurricane", "tempest", "thunderstorm"),
    "rain": ("rain", "rainy", "raining", "drizzle", "downpour"),
    "snow": ("snow", "snowy", "snowing", "blizzard", "winter", "snowstorm", "christmas"),
    "fog": ("fog", "foggy", "mist", "misty", "haze"),
    "wind": ("wind", "windy", "breeze"),
    "sun": ("sunny", "sunshine", "sunlit", "summer"),
}
TONES: dict[str, tuple[str, ...]] = {
    "sad": ("sad", "lonely", "never", "loss", "lost", "grief", "melancholy", "melancholic", "goodbye",
        "farewell", "dying",
            "funeral", "heartbroken", "forgotten", "mourn", "mourns", "last"),
    "playful": ("funny", "comedy", "silly", "humorous", "clumsy", "hilarious", "cute", "goofy", "playful",
        "prank", "comic",
                "whimsical", "cartoon"),
    "epic": ("epic", "battle", "war", "kingdom", "hero", "legend", "legendary", "empire", "heroic", "army",
        "viking", "vikings", "saga"),
    "calm": ("calm", "peaceful", "relaxing", "meditation", "quiet", "gentle", "serene", "soothing",
        "tranquil", "cozy",
             "cosy", "slow"),
    "tense": ("scary", "horror", "haunted", "nightmare", "creepy", "terrifying", "thriller", "tense",
        "killer", "monster",
              "zombie", "zombies", "chase", "escape", "escapes", "trapped", "heist", "suspense"),
    "romantic": ("love", "romantic", "romance", "kiss", "wedding", "marry", "lovers", "valentine",
        "falls in love", "date"),
    "mysterious": ("mystery", "mysterious", "secret", "secrets", "strange", "detective", "enigma", "clue",
        "ghost",
                   "hidden", "unknown", "vanished", "disappears"),
    "happy": ("happy", "joy", "joyful", "birthday", "party", "celebration", "celebrate", "festival", "fun",
        "cheerful",
              "congratulations"),
    "adventurous": ("adventure", "journey", "quest", "explore", "explores", "explorer", "treasure", "pirate",
        "pirates",
                    "expedition", "race", "climb", "climbs", "sail", "sails", "travel", "travels"),
    "hopeful": ("hope", "hopeful", "dream", "dreams", "inspiring", "inspirational", "garden", "grow",
        "grows", "first",
                "learns", "future", "befriends", "friendship", "discovers"),
    "dramatic": ("dramatic", "drama", "intense", "powerful", "volcano", "betrayal", "revenge"),
}  # fmt: skip
