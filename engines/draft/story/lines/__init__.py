"""The lines that the rules can speak, by kind of story and by beat.

Markup: {slot} is filled from the brief, [walk] agrees with the subject, <walk> agrees with its pronoun, and
`sad calm| ...` keeps a line for those tones. A line whose slot the brief cannot fill is left out.
"""
