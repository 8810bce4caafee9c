"""What is seen, and what goes wrong, where people live, work and dig, and where nobody said."""

from __future__ import annotations

from engines.draft.story.lines.place import Place, place

HOMES: dict[str, Place] = {
    "village": place(
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
    "farm": place(
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
    "river": place(
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
    "castle": place(
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
    "room": place(
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
    "workshop": place(
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
    "road": place(
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
    "stage": place(
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
    "cave": place(
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
    "hills": place(
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
