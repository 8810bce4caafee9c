"""What is seen, and what goes wrong, out in nature and in the sky."""

from __future__ import annotations

from engines.draft.story.lines.place import Place, place

NATURE: dict[str, Place] = {
    "sea": place(
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
    "underwater": place(
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
    "forest": place(
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
    "mountain": place(
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
    "desert": place(
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
    "city": place(
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
    "space": place(
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
    "sky": place(
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
    "snow": place(
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
}  # fmt: skip
