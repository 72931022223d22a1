"""What everything stands on: settings, ids, the clock, money, errors, words. Imports nothing of ours."""
