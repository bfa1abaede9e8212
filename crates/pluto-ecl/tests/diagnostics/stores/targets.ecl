store profiles version 2 { name: text<64> }

migrate profiles from 1 { full: text<64> } { name: old.full }
migrate profiles from 1 { other: text<64> } { name: old.other }
migrate profiles from 2 { name: text<64> } { name: old.name }
migrate prfiles from 1 { name: text<64> } { name: old.name }

policy p on store (key: text<8>) { require present(profiles[key]) }
