migrate profiles from 1 to 2 { a: int } { b: old.a }

migrate profiles { b: old.a }

edition 1
