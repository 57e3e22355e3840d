"""Rules of papers (文稿): what they are made from, what they cite, what they may not say."""
