"""What is seen, and what goes wrong, in each kind of place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """One kind of place: the words that name it, where it is, what is seen, said and feared there."""

    words: frozenset[str]
    where: str
    """How to say where we are when the brief does not: "by the sea"."""
    look: str
    """What a picture of it shows."""
    details: tuple[str, ...]
    troubles: tuple[str, ...]


def _place(words: str, where: str, look: str, details: str, troubles: str) -> Place:
    return Place(
        frozenset(words.split()),
        where,
        look,
        tuple(line.strip() for line in details.strip().splitlines()),
        tuple(line.strip() for line in troubles.strip().splitlines()),
    )


PLACES: dict[str, Place] = {
    "sea": _place(
        "sea ocean seas oceans beach coast shore harbour harbor island waves wave lighthouse ship "
        "boat sailor pirate "
        "fisherman whale whales dolphin cliff cliffs bay surf surfer port sail sails shipwreck "
        "captain lagoon",
        "by the sea", "rolling waves, wet rocks, sea spray, a wide horizon",
        """
        The waves come and go, as they always have.
        Salt hangs in the air, and gulls turn in slow circles.
        Out there, the water has no edge.
        The tide keeps its own time and waits for no one.
        Ropes creak, and the wood smells of tar and rain.
        Far out, a single sail leans into the wind.
        """,
        """
        Then the sea turns dark, and the waves begin to climb.
        The wind rises, and the horizon disappears.
        The current pulls the wrong way, harder every minute.
        Water breaks over the rocks, and there is no easy way through.
        """),
    "underwater": _place(
        "underwater submarine coral reef diver mermaid octopus seabed jellyfish shark turtle depths",
        "beneath the waves", "blue depths, coral, drifting particles, shafts of light from above",
        """
        Down here, every sound arrives softly.
        Light falls in long blue ribbons.
        The coral breathes with colours that have no names.
        A thousand small fish turn as if they were one.
        Everything drifts, and nothing hurries.
        """,
        """
        The deep grows darker, and the cold closes in.
        A shadow passes overhead, larger than anything should be.
        The current tugs, and the way back is hard to see.
        """),
    "forest": _place(
        "forest forests wood woods tree trees jungle rainforest grove fox wolf bear deer owl "
        "squirrel stag elf hedgehog",
        "in the forest", "tall trunks, ferns, moss, shafts of light between the leaves",
        """
        The trees stand close together, as if they shared a secret.
        Moss softens every sound.
        Somewhere above, a branch bends and lets go.
        The path is narrow, and older than any map.
        Leaves whisper the news from tree to tree.
        It smells of earth, of resin and of time.
        """,
        """
        Then the path ends, and every direction looks the same.
        The branches close in, and the light grows thin.
        Something moves between the trees, just out of sight.
        A fallen trunk lies across the only way.
        """),
    "mountain": _place(
        "mountain mountains peak summit hill hills alps himalayas everest climber climb climbs cliff "
        "valley glacier "
        "volcano goat ridge highlands monastery",
        "in the mountains", "steep ridges, loose rock, far peaks, a winding path",
        """
        The peaks wait, as they have waited for ten thousand years.
        Up here the air is thin and clear.
        Every step sends small stones down the slope.
        The valley below is already the size of a hand.
        An eagle hangs on the wind without moving a feather.
        """,
        """
        The slope steepens, and the stones begin to slide.
        Cloud rolls over the ridge and swallows the path.
        The rope holds, but only just.
        Higher up, there is less air and less courage.
        """),
    "desert": _place(
        "desert dunes dune sahara sand camel oasis canyon cactus nomad pyramid pyramids egypt wasteland",
        "in the desert", "endless dunes, rippled sand, heat haze, long shadows",
        """
        Sand runs to the horizon, and then goes on.
        The wind draws lines on the dunes and rubs them out again.
        Nothing moves here without leaving a mark.
        Silence has a weight in a place like this.
        The heat bends the air until distance means nothing.
        """,
        """
        Then the sand rises, and the sky goes brown.
        The last of the water is gone too soon.
        What looked like an end was only a trick of the light.
        """),
    "city": _place(
        "city street streets town tokyo paris london york berlin rome skyscraper rooftop rooftops "
        "subway metro taxi alley "
        "neon downtown bridge square traffic apartment manhattan shanghai venice barcelona cyberpunk "
        "detective hacker "
        "bakery cafe café restaurant bookstore bookshop shop market theatre theater cinema hotel",
        "in the city", "streets and lit windows, reflections on the pavement, people passing by",
        """
        A thousand windows, and behind each one a different story.
        The streets hum even when they are empty.
        People pass without looking up.
        Signs flicker, doors close, a train runs somewhere below.
        Footsteps echo, and the corner keeps its secret.
        Steam rises from the pavement and takes its time.
        """,
        """
        Then the lights go out, one street after another.
        The crowd pushes the other way, and nobody stops.
        Every door that mattered is closed.
        A wrong turn, then another, and the map means nothing.
        """),
    "space": _place(
        "space moon mars planet planets galaxy stars astronaut spaceship rocket orbit spacecraft "
        "comet asteroid alien "
        "aliens universe cosmos satellite jupiter saturn nebula starship",
        "far from Earth", "a vast star field, a curved horizon, fine dust, hard light",
        """
        Out here, even the silence is old.
        The stars do not blink, they simply watch.
        Earth is a small blue point, easy to cover with a thumb.
        Dust settles slowly, as if it had all the time in the world.
        There is no wind, and still everything seems to wait.
        The horizon curves away into the dark.
        """,
        """
        Then a red light starts to blink, and keeps blinking.
        The signal fades, and only static is left.
        A dust storm swallows the horizon.
        Power is running low, and home is very far away.
        """),
    "sky": _place(
        "sky clouds cloud balloon plane airplane aeroplane pilot kite bird birds eagle wings airship "
        "fly flies flying",
        "high above the ground", "towering clouds, open air, tiny fields far below",
        """
        From up here, borders disappear.
        Clouds drift by like slow white ships.
        The wind has a hundred directions and one voice.
        The ground is only a pattern now.
        Light moves over the fields, one after another.
        """,
        """
        Then the air drops away, and so does every good plan.
        Dark clouds close in from all sides.
        The wind turns, and it does not ask first.
        """),
    "snow": _place(
        "snow snowy ice icy arctic antarctica polar penguin penguins glacier igloo winter frozen "
        "iceberg siberia sled "
        "snowman iceland norway lapland",
        "in the snow", "deep snow, pale blue shadows, frost, breath in the cold air",
        """
        Snow covers everything, even the sound.
        Each breath becomes a small cloud.
        The cold makes every line sharp.
        Footprints tell the only story here.
        Frost grows on everything that stands still.
        """,
        """
        Then the wind comes up, and the world turns white.
        The ice cracks, and the crack runs on.
        The cold gets in, slowly, everywhere.
        """),
    "village": _place(
        "village villages cottage countryside farmhouse church mill inn peasant blacksmith windmill "
        "clockmaker watchmaker",
        "in a small village", "crooked roofs, a cobbled lane, smoke from chimneys",
        """
        Everyone knows everyone here, or thinks so.
        Smoke climbs from the chimneys, straight as string.
        The bell counts the hours for whoever is listening.
        A dog sleeps in the middle of the lane, and no one minds.
        Behind the shutters, somebody is always awake.
        """,
        """
        Word gets around, and the word is no.
        Doors close that were always open.
        Nobody believes it can be done.
        """),
    "farm": _place(
        "farm field fields meadow meadows garden gardens orchard vineyard farmer barn harvest flower "
        "flowers bee bees "
        "gardener cow sheep horse horses chicken park scarecrow grass sunflower sunflowers seed "
        "beekeeper butterfly",
        "among the fields", "tall grass, wild flowers, a line of trees, open sky",
        """
        The grass moves like water.
        Bees go from flower to flower, busy and unbothered.
        Things grow slowly here, and that is the point.
        The earth is dark and warm, and smells of rain.
        A gate creaks, a bird answers.
        """,
        """
        Then the rain stays away, and the ground begins to crack.
        A late frost comes in the night, without a sound.
        What took a season to grow is gone in an hour.
        """),
    "river": _place(
        "river rivers lake lakes pond stream waterfall swamp canal creek canoe frog duck duckling "
        "beaver otter salmon",
        "by the water", "still water, reeds, reflections, a low mist",
        """
        The water carries everything, and keeps nothing.
        Reeds bend and straighten again.
        A ring spreads over the surface, and then another.
        The far bank looks close, until you try.
        Light breaks on the ripples into a thousand pieces.
        """,
        """
        Then the water rises, brown and fast.
        The current takes hold and will not let go.
        There is no bridge, and there never was.
        """),
    "castle": _place(
        "castle kingdom palace tower king queen prince princess knight dragon throne dungeon "
        "medieval crown wizard witch "
        "legend",
        "in an old kingdom", "stone walls, high towers, banners, torchlight",
        """
        The walls have heard every promise, kept or broken.
        Banners hang still, and torches burn low.
        In the great hall, nobody speaks above a whisper.
        Every stone was carried here by hand.
        Old songs say how it ends, but songs can be wrong.
        """,
        """
        Then the gates close, and the bells begin to ring.
        The bravest have tried before, and none came back.
        An old promise stands in the way.
        """),
    "room": _place(
        "house home room kitchen bedroom attic window living-room apartment grandmother grandma chef "
        "cook table fireplace "
        "toy teddy doll cat kitten family bathroom baby door chair museum library school classroom "
        "hospital hotel "
        "librarian pianist piano writer studio bread cake coffee tea",
        "at home", "a lived-in room, a window, worn furniture, soft shadows",
        """
        The clock ticks, and the room listens.
        Dust floats in the light, in no hurry at all.
        Everything has its place, and every place its memory.
        A floorboard complains, then keeps quiet.
        Behind the window, the world goes on without a sound.
        Something warm is in the air, and it smells like home.
        """,
        """
        Then something breaks, and it cannot be put back.
        The lights flicker, and for a moment nobody moves.
        Nothing works the way it did yesterday.
        """),
    "workshop": _place(
        "factory workshop laboratory lab office garage machine machines robot robots android "
        "inventor scientist engineer "
        "computer toys mechanic clock warehouse scrapyard junkyard data",
        "in an old workshop", "tools on the walls, metal parts, a bench, a hanging lamp",
        """
        Screws and springs lie in careful rows.
        Somewhere a small motor hums to itself.
        Every scratch on the bench is a lesson.
        Drawings cover the walls, most of them crossed out.
        The lamp swings a little, and the shadows swing along.
        """,
        """
        Then a spark jumps, and everything goes dark.
        One part is missing, and it is the one that counts.
        The hundredth try fails exactly like the first.
        """),
    "road": _place(
        "road highway train trains station railway car bus truck bicycle bike motorcycle caravan "
        "route journey driver "
        "cyclist airport",
        "on the road", "a long road, telegraph poles, a far vanishing point",
        """
        The road goes on, because that is what roads do.
        Signs go by with names that nobody remembers.
        The next bend always promises something.
        Wheels hum, and the miles fall behind.
        There is dust on everything, and it has come from far away.
        """,
        """
        Then the engine coughs once, and the world is quiet.
        The bridge is down, and the detour is long.
        Night falls between two places that are nowhere.
        """),
    "stage": _place(
        "stage concert circus band singer dancer ballet ballerina orchestra musician violinist "
        "violin stadium arena "
        "football match clown magician acrobat audience opera guitar music dance dances theatre "
        "runner marathon race "
        "team player boxing champion",
        "under the lights", "a bright spotlight, dark rows beyond, dust in the beam",
        """
        The lights are hot, and the dark beyond them is full of eyes.
        Before it starts, there is always this one breath.
        Years of practice fit into a single minute.
        The floor knows every step by heart.
        Somewhere in the back row, someone leans forward.
        """,
        """
        Then one wrong move, and the silence is enormous.
        The hands shake, and they will not stop.
        The others are faster, stronger, better known.
        """),
    "cave": _place(
        "cave caves cavern tunnel mine miner underground treasure tomb ruins temple archaeologist "
        "labyrinth maze bat",
        "deep underground", "rough rock walls, a single light, long shadows, dripping water",
        """
        Water drips, and the echo counts along.
        The light reaches a few steps, no more.
        The walls are cold and carry old marks.
        No one has spoken here for a very long time.
        Each turn looks like the one before.
        """,
        """
        Then stones fall, and the way back is gone.
        The flame bends, shivers, and goes out.
        There are two tunnels, and only one of them goes up.
        """),
    "hills": _place(
        "world earth land nature landscape horizon countryside",
        "at the edge of the world we know", "rolling hills, a winding path, a wide open sky",
        """
        The hills lie quiet, one behind another.
        A path leads off, and does not say where to.
        Clouds pull their shadows over the land.
        The air is clear, and the day is wide open.
        Somewhere a bell rings, so far off it might be a memory.
        """,
        """
        Then the path divides, and there is no sign.
        Clouds gather where the sky was clear.
        What looked near this morning is still far away.
        """),
}  # fmt: skip


def scenery_of(words: list[str], fallback: str = "hills") -> str:
    """Return the kind of place that the words speak of most, the earlier word deciding a tie."""
    scores: dict[str, int] = {}
    for word in words:
        for name, place in PLACES.items():
            if word in place.words or (word.endswith("s") and word[:-1] in place.words):
                scores[name] = scores.get(name, 0) + 1
    return max(scores, key=lambda name: scores[name]) if scores else fallback
