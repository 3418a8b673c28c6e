/** Why a strategy that takes back what was delivered cannot be used where only values are told. */
export const NO_RESET =
  'resume: this strategy takes back what was delivered, and values alone cannot tell that. Use eventStreamSignals(), whose "reset" signal does, or replay() or continueWith().'
