//! Empty: the manifest of this package selects the features of the program `bantam`.
