"""The rows: each module measures one kind of thing and says which columns tell it."""
