"""Which lines tell the story of somebody who does something."""

from __future__ import annotations

OPENINGS = (
    "And then, ",
    "One day, ",
    "Then it happens: ",
    "And one day, out of nowhere, ",
    "This is the moment: ",
)

TALE: dict[str, str] = {
    "hook": """
        This is the story of {s}.
        Every story starts somewhere, and this one starts with {s}.
        Look closely, and you will see {s}.
        Somewhere {where}, there [be] {s}.
        It begins with {s}, and with a silence.
        Once, {where}, there [be] {s}.
        Some stories are loud. This one begins quietly, with {s}.
        Meet {s}.
        sad| There [be] {s}, and nobody comes to say goodbye.
        sad| Not every story begins with a smile. This one begins with {s}.
        playful happy| Nobody ever asked for a story about {s}, and here it is anyway.
        playful| Meet {s}. Nobody saw this coming.
        epic dramatic| Long before the songs were written, there [be] {s}.
        epic| Remember this name, and remember this hour: this is the story of {s}.
        tense| Something is wrong tonight, and only {s} [know] it.
        tense| Do not look away. This is the story of {s}.
        mysterious| There are stories nobody tells. This one is about {s}.
        romantic| Some hearts take their time. This is the story of {s}.
        adventurous| Every map has an edge, and that is where we meet {s}.
        calm ambient| Take a slow breath, and look: {s}.
        """,
    "person": """
        Days come and go.
        It is a quiet life.
        Nobody pays much attention to {the}.
        {the} [have] been here for as long as anyone remembers.
        {the} [know] every corner of this place by heart.
        There is more to {the} than meets the eye.
        {they} <notice> things that others miss.
        Every day begins the same way for {the}.
        {the} [keep] to {their} own time, and {their} own thoughts.
        Small habits hold {their} days together.
        Not much has changed for {the}, until now.
        It would be easy to walk past {the} and never look back.
        {the} [carry] a question that nobody else has asked.
        sad| Silence is the only company {they} <have>.
        sad| Most evenings, {the} [be] the last to turn away from the light.
        playful happy| {the} [have] a plan, and it is a terrible plan.
        playful| Dignity was never the strong side of {the}.
        epic| Others were born for glory. {the} [be] not, or so they said.
        tense mysterious| {the} [hear] it first, a sound that should not be there.
        """,
    "desire": """
        What {the} [want] is simple: {goal}.
        There is one thing on {their} mind: {goal}.
        More than anything, {the} [hope] {goal}.
        {the} [have] one wish, and it will not be quiet: {goal}.
        Ask {them} why, and you get only a look. {the} [have] {goal}.
        """,
    "longing": """
        But something stirs.
        There must be more.
        Some questions do not go away.
        And yet, something is missing.
        There is a feeling {they} <have> no word for.
        Something calls, too softly to be a voice.
        One day, {they} <think>, everything will be different.
        {the} [dream] of something larger than this.
        Every now and then, {they} <look> up and <wonder>.
        It starts as a small thought, and it does not leave.
        What would happen, just once, if {they} <be> brave?
        There has to be more than this, and {the} [know] it.
        The wish is small enough to carry, and too large to put down.
        """,
    "after": """
        And everything changes.
        Nothing moves, not even the air.
        It takes a while to believe it.
        No one else is there to see it.
        hopeful happy calm playful romantic adventurous epic| It is a beginning.
        Who would have thought?
        Just like that.
        This is no ordinary day.
        {the} [look] at {obj} for a long, long time.
        From now on, every thought belongs to {obj}.
        playful| Do not ask how.
        tense mysterious| There is no way back now.
        """,
    "journey": """
        It is a long way.
        Further, and further still.
        Nothing stays the same out here.
        All {they} <have> is the thought of {obj}.
        One step, and then another.
        {the} [keep] going, because stopping would be harder.
        The way is longer than it looked.
        {they} <follow> nothing but a feeling.
        Hour by hour, the old life falls behind.
        {they} <learn> to read the signs: a shadow, a sound, a change of light.
        What was strange this morning is already familiar.
        With every step, {the} [leave] a little fear behind.
        {they} <rest> only when the light does.
        The world turns out to be larger than anyone said.
        For a while, there is nothing to do but go on.
        {they} <count> the steps, then <lose> count, then <stop> counting.
        adventurous epic| Every horizon turns out to be a door.
        adventurous happy| There is dust on {their} face and a grin under it.
        playful| There are shortcuts. This is not one of them.
        calm| There is no hurry here, only the next breath.
        """,
    "obstacle": """
        Then the luck runs out.
        And then, trouble.
        There is a price, as always.
        Something breaks, and something else gives way.
        Everything seems to stand between {the} and {obj}.
        Nobody ever said it would be easy {goal}.
        But nothing worth having comes without a fight.
        And then everything that could go wrong goes wrong.
        It is not as easy as it seemed.
        For the first time, {the} [be] afraid.
        Then comes the moment nobody planned for.
        All at once, the way ahead is closed.
        {the} [slip], [fall], and [get] up again.
        It would be easier to turn back, much easier.
        playful| Of course, nothing goes according to plan.
        playful| It goes wrong once, then twice, then in a way that has no number.
        tense| There is no time, and there is no one to ask.
        """,
    "doubt": """
        The hours are long.
        What now?
        Was it all for nothing?
        What if {they} <lose> {obj}?
        Perhaps nobody was ever meant {goal}.
        {the} [sit] in the dark and [listen] to {their} own heart.
        Perhaps it was foolish to try at all.
        {they} <think> of everything {they} <have> left behind.
        For a long while, nothing moves.
        This could be the end of the story. It is not.
        Even hope needs a place to rest.
        Nobody would blame {them} for giving up.
        {they} <close> {their} eyes, and <wait>.
        There is no map for a moment like this.
        It is very quiet, the kind of quiet that asks a question.
        """,
    "turn": """
        Then, a sound.
        One more try.
        Not yet. Not like this.
        Hope is stubborn.
        But look: a way through.
        {the} [think] of {obj}, and [go] on.
        And then, something changes.
        But {the} [do] not turn back.
        A small light appears where there was none before.
        It takes one thought, and it is enough: not yet.
        Slowly, {the} [get] up.
        {they} <remember> why {they} <have> come.
        What looked like an ending was only a bend in the road.
        Sometimes the smallest thing decides. This is that thing.
        {the} [see] it now, as clear as morning.
        Courage does not arrive with a trumpet. It whispers: once more.
        What {they} <need> was there all along.
        playful| And then {the} [have] an idea, which is always a little dangerous.
        """,
    "climax": """
        Almost there.
        One breath. One step.
        There is no going back now.
        It has to be now.
        Closer, and closer still.
        For {obj}, {the} [do] what nobody thought possible.
        And then {the} [be] ready {goal}.
        It takes all {their} courage {goal}.
        Everything has led to this one moment.
        Heart beating, {the} [take] the last step.
        The whole world seems to hold its breath.
        Now, or never. {the} [choose] now.
        One more time, with everything {they} <have>.
        Nobody will forget what happens next.
        {the} [give] it all, and [hold] nothing back.
        And this time, it holds.
        For one long heartbeat, everything stands still.
        epic dramatic| The sky itself seems to step aside.
        """,
    "resolution": """
        It is done.
        hopeful happy calm playful romantic adventurous| And all is well.
        Then, at last, it is quiet.
        That was the day everything began.
        {the} and {obj}: nobody would have believed it.
        And so the story ends: {the}, {obj}, and all the time in the world.
        {the} [have] found what no map could show.
        And nothing will ever be quite the same for {the}.
        hopeful happy playful romantic| Somewhere {where}, {the} [be] smiling.
        It was never about the end. It was about {the} on the way.
        What began as a wish is now simply true.
        {the} [look] back once, and then ahead.
        Some journeys change the road. This one changed {the}.
        The world is as large as before, and a little warmer.
        sad| Some goodbyes stay with us, softly, like light after a lamp goes out.
        sad| And in the silence that is left, there is something like peace.
        playful happy| And if you listen closely, you can still hear {the} laughing.
        tense mysterious| And in the dark, something is still listening.
        tense mysterious| Some doors should stay closed. This one does not.
        tense| When the light returns, nothing is where it was.
        tense mysterious| What happened here, {the} will never tell.
        sad| {the} [stay] a little longer, in case.
        sad| Some things are loved most when they are gone.
        sad| The light fades, and the memory stays warm.
        sad| And still, {the} [look] up at every sound.
        romantic| And two hearts, at last, keep the same time.
        epic| They will sing of {the} for a hundred years.
        """,
    "coda": """
        And the story goes on, {where}, long after the picture fades.
        Remember {s}.
        The next story is already waiting.
        This was the story of {s}.
        Sometimes, that is all it takes: {s}.
        Somewhere, right now, another story begins.
        """,
}
