"""Invented things that people write in chat."""

from clients.simulator.system import Chance

PLAIN_LINES = (
    "hello everyone",
    "good evening from the night shift",
    "how long have you been live?",
    "that was so close",
    "ok that one was clean",
    "first time here, nice music",
    "who picked this song",
    "lol",
    "no shot",
    "I was just about to say that",
    "brb getting coffee",
    "back, what did I miss?",
    "the audio is a bit quiet today",
    "audio is fine for me",
    "chat what do we think",
    "this level again?",
    "you forgot the chest on the left",
    "patience, it will come",
    "told you",
    "my cat just walked over the keyboard",
    "can we get a poll",
    "greetings from the train",
    "that jump scared me",
    "we are so back",
    "it is so over",
    "one more round please",
    "new emotes when",
    "anyone else lagging?",
    "the plan was good, the hands were not",
    "I leave for five minutes and this happens",
    "take your time",
    "the {thing} strategy never works",
    "bet you find a {thing} next",
    "{number} in a row, is that a record?",
    "guess: {number}",
    "we need {number} more for the goal",
    "remember the {thing} from last week?",
    "was für ein {thing} 😄",
    "qué bueno, saludos a todos",
    "ça commence bien ce soir",
    "今日も楽しみにしてた",
    "مساء الخير على الجميع",
    "שלום לכולם",
    "привет из Сибири",
    "안녕하세요 여러분",
    "ท่าทางสนุกนะ",
    "👨‍👩‍👧‍👦 watching with the family tonight",
    "İstanbul'dan selamlar",
    "1 < 2 && 3 > 2, trust me",
    "\"quoted\" \\ and 'quoted' lines are fine too",
)
HYPE_LINES = (
    "LETS GO",
    "WOOOOO",
    "NO WAY",
    "CLIP IT",
    "gg",
    "GG",
    "W",
    "🔥🔥🔥",
    "🎉 🎉 🎉",
    "[emote:81234:harborWave] [emote:81234:harborWave]",
    "[emote:81299:harborHype]",
    "[emote:81299:harborHype] LETS  GO [emote:81234:harborWave]",
    "what just happened",
    "I WAS HERE",
    "{number}!!!",
)
EMOTE_LINES = (
    "[emote:81240:harborLaugh]",
    "nice one [emote:81240:harborLaugh]",
    "[emote:81251:harborTea] calm evening [emote:81251:harborTea]",
    "hi chat [emote:81234:harborWave]",
)
COMMANDS = (
    "!watchtime",
    "!points",
    "!tickets",
    "!enter",
    "!call Lucky Lighthouse",
    "!sr Golden Anchor",
    "!gtb {number}",
)
REPLIES = ("agreed", "same here", "really?", "haha", "not sure about that", "thanks!", "since {number} minutes")
SPAM = ("check my channel friends", "F", "first", "PLS PICK ME", "who wants to trade?", "🚢🚢🚢🚢🚢🚢")
THINGS = ("lantern", "anchor", "seagull", "umbrella", "compass", "teapot", "lighthouse", "rope")
REASONS = ("advertising", "flooding", "spoilers", "")
TITLES = ("Slow evening by the harbour", "Ranked until midnight", "New season, first look", "Viewer picks ⚓")
CATEGORIES = ((4021, "Just Chatting"), (4077, "Slots & Casino"), (4110, "Tide Runner"), (4112, "Lantern Keep"))


def fill(template: str, chance: Chance) -> str:
    """Return the template with its gaps filled."""
    if "{" not in template:
        return template
    return template.replace("{number}", str(chance.randint(2, 999))).replace("{thing}", chance.choice(THINGS))


def respelled(line: str, chance: Chance) -> str:
    """Return the same words with other capitals or spaces: still the same line to the repeat guard."""
    return chance.choice((line, line.upper(), f"{line} ", line.replace(" ", "  "), line.lower()))
