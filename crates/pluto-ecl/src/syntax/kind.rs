//! The kinds of tokens and nodes of the lossless tree, each with the words diagnostics use for it.
//!
//! One list for both, because the tree numbers them alike. Words that mean something only where the
//! grammar asks for them are names to the lexer; the parser turns them into [`SyntaxKind::Word`].

macro_rules! kinds {
    ($($kind:ident $words:literal,)*) => {
        /// What a token or a node is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each kind has its words beside it")]
        #[repr(u16)]
        pub enum SyntaxKind { $($kind,)* }

        /// Every kind, at the place of its number.
        const ALL: &[SyntaxKind] = &[$(SyntaxKind::$kind,)*];

        impl SyntaxKind {
            /// How a sentence names it.
            #[must_use]
            pub fn describe(self) -> &'static str {
                match self { $(Self::$kind => $words,)* }
            }
        }
    };
}

kinds! {
    // Passed over by the parser.
    Whitespace "white space",
    LineComment "a comment",
    BlockComment "a comment",
    Unknown "an unknown character",
    Semicolon "`;`",
    // Literals and names.
    Ident "a name",
    Word "a word",
    Int "a whole number",
    Decimal "a decimal number",
    Duration "a duration",
    Text "a text",
    // Keywords.
    EditionKw "`edition`",
    ConstKw "`const`",
    EnumKw "`enum`",
    RecordKw "`record`",
    StoreKw "`store`",
    MigrateKw "`migrate`",
    PolicyKw "`policy`",
    TestKw "`test`",
    LetKw "`let`",
    RequireKw "`require`",
    AllowKw "`allow`",
    DenyKw "`deny`",
    EscalateKw "`escalate`",
    IfKw "`if`",
    ElseKw "`else`",
    MatchKw "`match`",
    EmitKw "`emit`",
    CostKw "`cost`",
    AuditKw "`audit`",
    PutKw "`put`",
    DeleteKw "`delete`",
    TrueKw "`true`",
    FalseKw "`false`",
    NoneKw "`none`",
    SubjectKw "`subject`",
    NowKw "`now`",
    HasKw "`has`",
    InKw "`in`",
    // Operators.
    EqEq "`==`",
    NotEq "`!=`",
    Less "`<`",
    LessEq "`<=`",
    Greater "`>`",
    GreaterEq "`>=`",
    AndAnd "`&&`",
    OrOr "`||`",
    Bang "`!`",
    Plus "`+`",
    Minus "`-`",
    Star "`*`",
    Slash "`/`",
    Percent "`%`",
    Dot "`.`",
    QuestionDot "`?.`",
    FatArrow "`=>`",
    Pipe "`|`",
    Eq "`=`",
    Amp "`&`",
    Question "`?`",
    // Delimiters.
    LeftParen "`(`",
    RightParen "`)`",
    LeftBrace "`{`",
    RightBrace "`}`",
    LeftBracket "`[`",
    RightBracket "`]`",
    Comma "`,`",
    Colon "`:`",
    End "the end of the source",
    // Nodes: items.
    Source "a source",
    Error "what could not be parsed",
    Edition "an edition",
    Const "a constant",
    Enum "an enum",
    Record "a record",
    Store "a store",
    Migration "a migration",
    Policy "a policy",
    Test "a test",
    Variants "variants",
    Fields "fields",
    Params "parameters",
    Field "a field",
    Index "an index",
    Type "a type",
    TypeEnum "an enum without a name",
    TypeArgs "arguments of a type",
    // Nodes: statements.
    Block "a block",
    Let "a binding",
    Require "a requirement",
    Allow "an allow",
    Deny "a deny",
    Escalate "an escalation",
    If "an if",
    Match "a match",
    Arms "arms",
    Arm "an arm",
    Pattern "a pattern",
    Emit "an event",
    Cost "a cost",
    Audit "an audit",
    Put "a put",
    Delete "a delete",
    Values "values",
    Value "a value",
    // Nodes: expressions.
    Literal "a literal",
    NameExpr "a name",
    FieldExpr "a field",
    OptionFieldExpr "a field of an option",
    IndexExpr "a record of a store",
    Call "a call",
    Args "arguments",
    Unary "an operation",
    Binary "an operation",
    InExpr "a membership",
    Set "a set",
    HasExpr "a claim",
    Comprehension "a question about a list",
    Paren "an expression in parentheses",
    Choose "a choice",
    // Nodes: tests.
    Given "an assumption",
    Path "a path",
    RecordLiteral "a record",
    RecordEntry "a field of a record",
    ListLiteral "a list",
    Expect "an expectation",
}

/// Words of the language that can never be names.
pub(crate) const KEYWORDS: &[(&str, SyntaxKind)] = &[
    ("edition", SyntaxKind::EditionKw),
    ("const", SyntaxKind::ConstKw),
    ("enum", SyntaxKind::EnumKw),
    ("record", SyntaxKind::RecordKw),
    ("store", SyntaxKind::StoreKw),
    ("migrate", SyntaxKind::MigrateKw),
    ("policy", SyntaxKind::PolicyKw),
    ("test", SyntaxKind::TestKw),
    ("let", SyntaxKind::LetKw),
    ("require", SyntaxKind::RequireKw),
    ("allow", SyntaxKind::AllowKw),
    ("deny", SyntaxKind::DenyKw),
    ("escalate", SyntaxKind::EscalateKw),
    ("if", SyntaxKind::IfKw),
    ("else", SyntaxKind::ElseKw),
    ("match", SyntaxKind::MatchKw),
    ("emit", SyntaxKind::EmitKw),
    ("cost", SyntaxKind::CostKw),
    ("audit", SyntaxKind::AuditKw),
    ("put", SyntaxKind::PutKw),
    ("delete", SyntaxKind::DeleteKw),
    ("true", SyntaxKind::TrueKw),
    ("false", SyntaxKind::FalseKw),
    ("none", SyntaxKind::NoneKw),
    ("subject", SyntaxKind::SubjectKw),
    ("now", SyntaxKind::NowKw),
    ("has", SyntaxKind::HasKw),
    ("in", SyntaxKind::InKw),
];

impl SyntaxKind {
    /// The parser does not see it: space, comments, and what already has a diagnostic of the lexer.
    #[must_use]
    pub fn is_trivia(self) -> bool {
        matches!(
            self,
            Self::Whitespace
                | Self::LineComment
                | Self::BlockComment
                | Self::Unknown
                | Self::Semicolon
        )
    }

    /// A comment of either form.
    #[must_use]
    pub fn is_comment(self) -> bool {
        matches!(self, Self::LineComment | Self::BlockComment)
    }

    /// A word that can never be a name.
    #[must_use]
    pub fn is_keyword(self) -> bool {
        (Self::EditionKw..=Self::InKw).contains(&self)
    }

    /// A keyword that only an item begins with.
    pub(crate) fn starts_item_only(self) -> bool {
        matches!(
            self,
            Self::EditionKw
                | Self::RecordKw
                | Self::StoreKw
                | Self::MigrateKw
                | Self::PolicyKw
                | Self::TestKw
        )
    }

    /// A keyword an item begins with.
    pub(crate) fn starts_item(self) -> bool {
        self.starts_item_only() || matches!(self, Self::ConstKw | Self::EnumKw)
    }

    /// A keyword a statement begins with.
    pub(crate) fn starts_statement(self) -> bool {
        matches!(self, Self::ConstKw | Self::IfKw | Self::MatchKw)
            || (Self::LetKw..=Self::EscalateKw).contains(&self)
            || (Self::EmitKw..=Self::DeleteKw).contains(&self)
    }

    /// A token an expression can begin with.
    pub(crate) fn starts_expression(self) -> bool {
        (Self::TrueKw..=Self::NowKw).contains(&self)
            || matches!(
                self,
                Self::Ident
                    | Self::Int
                    | Self::Decimal
                    | Self::Duration
                    | Self::Text
                    | Self::Bang
                    | Self::Minus
                    | Self::LeftParen
                    | Self::IfKw
            )
    }
}

/// The language, as the tree library wants to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ecl {}

impl rowan::Language for Ecl {
    type Kind = SyntaxKind;

    fn kind_from_raw(raw: rowan::SyntaxKind) -> SyntaxKind {
        ALL.get(usize::from(raw.0)).copied().unwrap_or(SyntaxKind::Error)
    }

    fn kind_to_raw(kind: SyntaxKind) -> rowan::SyntaxKind {
        rowan::SyntaxKind(kind as u16)
    }
}

/// A node of the tree.
pub type SyntaxNode = rowan::SyntaxNode<Ecl>;
/// A token of the tree.
pub type SyntaxToken = rowan::SyntaxToken<Ecl>;
/// A node or a token.
pub type SyntaxElement = rowan::SyntaxElement<Ecl>;
