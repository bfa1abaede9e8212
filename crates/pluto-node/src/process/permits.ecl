// Who may do what in a permit process, step by step, and what the realm keeps of every case.
//
// `pluto import process` asks this policy about every step of a log. A step is known by the number its
// name begins with. A step that was done although it was denied is told by its doer, as the action
// `report`; so later steps are judged on what really happened.

store cases {
  deadline: option<time> = none
  steps: int
  // Steps that were done although they were denied.
  overruled: int
  // The confirmation of receipt: who checked it last, and who determined it.
  checked: option<did> = none
  determined: option<did> = none
  // Document X: drafted, checked, determined.
  drafted: option<did> = none
  document_checked: option<did> = none
  document_determined: option<did> = none
  // Report Y: checked, determined.
  report_checked: option<did> = none
  report_determined: option<did> = none
}

policy action on datalogic (
  action: text<128>,
  resource: text<512>,
  at: time,
  deadline: option<time>,
  reported: option<text<128>>,
) {
  // Realm time is the day that a witness signed; within that day the doer says when.
  require at >= now && at < now + 24h, "time: not on the day that was signed"

  let step = or_else(reported, action)
  let told = present(reported)
  deny if told != (action == "report"), "report: names the step that was done"

  let opens = starts_with(step, "Confirmation ")
  let checks = starts_with(step, "T02 ")
  let adjusts = starts_with(step, "T03 ")
  let determines = starts_with(step, "T04 ")
  let sends = starts_with(step, "T05 ")
  let drafts = starts_with(step, "T11 ")
  let checks_document = starts_with(step, "T12 ")
  let determines_document = starts_with(step, "T14 ")
  let prints_document = starts_with(step, "T15 ")
  let checks_report = starts_with(step, "T17 ")
  let determines_report = starts_with(step, "T19 ")
  let prints_report = starts_with(step, "T20 ")

  let file = cases[resource]
  let determined = present(file?.determined)

  if !told {
    deny if opens && present(file), "order: the case is open already"
    deny if !opens && !present(file), "order: the case is not open"
    deny if determines && !present(file?.checked), "order: determined before it was checked"
    deny if sends && !determined, "order: sent before it was determined"
    deny if checks && determined, "order: checked after it was determined"
    deny if adjusts && determined, "order: adjusted after it was determined"
    deny if checks_document && !present(file?.drafted), "order: checked before it was drafted"
    deny if determines_document && !present(file?.document_checked),
        "order: document determined before it was checked"
    deny if prints_document && !present(file?.document_determined),
        "order: document printed before it was determined"
    deny if determines_report && !present(file?.report_checked),
        "order: report determined before it was checked"
    deny if prints_report && !present(file?.report_determined),
        "order: report printed before it was determined"

    if checks || checks_document || checks_report {
      require subject has credential "Group 4", "role: checked by somebody without the role"
    }
    if determines || determines_document || determines_report {
      require subject has credential "Group 3", "role: determined by somebody without the role"
    }
    if sends || prints_document || prints_report {
      require subject has credential "Group 2", "role: sent by somebody without the role"
    }

    deny if determines && file?.checked == subject,
        "four eyes: the confirmation was checked by the same person"
    deny if checks_document && file?.drafted == subject,
        "four eyes: the document was drafted by the same person"
    deny if determines_document && file?.document_checked == subject,
        "four eyes: the document was checked by the same person"
    deny if determines_report && file?.report_checked == subject,
        "four eyes: the report was checked by the same person"

    deny if or_else(file?.deadline, or_else(deadline, at)) < at,
        "deadline: after the end of the case"
  }

  put cases[resource] {
    deadline: if present(file) then file?.deadline else deadline,
    steps: or_else(file?.steps, 0) + 1,
    overruled: or_else(file?.overruled, 0) + (if told then 1 else 0),
    checked: if checks then some(subject) else file?.checked,
    determined: if determines then some(subject) else file?.determined,
    drafted: if drafts then some(subject) else file?.drafted,
    document_checked: if checks_document then some(subject) else file?.document_checked,
    document_determined: if determines_document then some(subject) else file?.document_determined,
    report_checked: if checks_report then some(subject) else file?.report_checked,
    report_determined: if determines_report then some(subject) else file?.report_determined,
  }
  allow
}

test "a case is opened" for action {
  given action = "Confirmation of receipt"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given deadline = some(24h)
  expect allow
}

test "a step of tomorrow" for action {
  given action = "Confirmation of receipt"
  given resource = "permits/1"
  given now = 0h
  given at = 24h
  expect deny "time: not on the day that was signed"
}

test "a report that names no step" for action {
  given action = "report"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0 }
  expect deny "report: names the step that was done"
}

test "what was done is done" for action {
  given action = "report"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0, checked: some(subject) }
  given reported = some("T04 Determine")
  expect allow
}

test "a case is opened once" for action {
  given action = "Confirmation of receipt"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0 }
  expect deny "order: the case is open already"
}

test "a case that nobody opened" for action {
  given action = "T02 Check"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  expect deny "order: the case is not open"
}

test "a confirmation is checked first" for action {
  given action = "T04 Determine"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0 }
  given subject has credential "Group 3"
  expect deny "order: determined before it was checked"
}

test "nothing is sent before it is determined" for action {
  given action = "T05 Send"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0, checked: some(ann) }
  given subject has credential "Group 2"
  expect deny "order: sent before it was determined"
}

test "nothing is checked when all is settled" for action {
  given action = "T02 Check"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0, determined: some(ann) }
  given subject has credential "Group 4"
  expect deny "order: checked after it was determined"
}

test "nothing is adjusted when all is settled" for action {
  given action = "T03 Adjust"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0, determined: some(ann) }
  expect deny "order: adjusted after it was determined"
}

test "a document is drafted first" for action {
  given action = "T12 Check"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0 }
  given subject has credential "Group 4"
  expect deny "order: checked before it was drafted"
}

test "a document is checked first" for action {
  given action = "T14 Determine"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0, drafted: some(ann) }
  given subject has credential "Group 3"
  expect deny "order: document determined before it was checked"
}

test "a document is determined first" for action {
  given action = "T15 Print"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0 }
  given subject has credential "Group 2"
  expect deny "order: document printed before it was determined"
}

test "a report is checked first" for action {
  given action = "T19 Determine"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0 }
  given subject has credential "Group 3"
  expect deny "order: report determined before it was checked"
}

test "a report is determined first" for action {
  given action = "T20 Print"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0 }
  given subject has credential "Group 2"
  expect deny "order: report printed before it was determined"
}

test "who checks is a checker" for action {
  given action = "T02 Check"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0 }
  given subject has credential "Group 3"
  expect deny "role: checked by somebody without the role"
}

test "who determines may do so" for action {
  given action = "T04 Determine"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0, checked: some(ann) }
  expect deny "role: determined by somebody without the role"
}

test "who sends may do so" for action {
  given action = "T05 Send"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0, determined: some(ann) }
  expect deny "role: sent by somebody without the role"
}

test "four eyes on the confirmation" for action {
  given action = "T04 Determine"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0, checked: some(subject) }
  given subject has credential "Group 3"
  expect deny "four eyes: the confirmation was checked by the same person"
}

test "two people are enough" for action {
  given action = "T04 Determine"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0, checked: some(ann) }
  given subject has credential "Group 3"
  expect allow
}

test "four eyes on the draft" for action {
  given action = "T12 Check"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0, drafted: some(subject) }
  given subject has credential "Group 4"
  expect deny "four eyes: the document was drafted by the same person"
}

test "four eyes on the document" for action {
  given action = "T14 Determine"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0, document_checked: some(subject) }
  given subject has credential "Group 3"
  expect deny "four eyes: the document was checked by the same person"
}

test "four eyes on the report" for action {
  given action = "T19 Determine"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0, report_checked: some(subject) }
  given subject has credential "Group 3"
  expect deny "four eyes: the report was checked by the same person"
}

test "a step at the last moment" for action {
  given action = "T10 Determine"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0, deadline: some(1h) }
  expect allow
}

test "a step after the end" for action {
  given action = "T10 Determine"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given cases["permits/1"] = { steps: 1, overruled: 0, deadline: some(59m) }
  expect deny "deadline: after the end of the case"
}
