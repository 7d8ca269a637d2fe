"""What a page holds beside its text."""

from html.parser import HTMLParser


class Tags(HTMLParser):
    """Counts the elements that a page opens."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
