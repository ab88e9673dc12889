//! CSV (RFC 4180): a header row, then one row per record, in UTF-8 with a byte-order mark, which Excel needs.

use super::{
    Writer,
    table::{self, Column},
};
use crate::{
    problem::Problem,
    request::parameter::{self, Parameter},
};
use domain::{content::Content, record::Record};
use serde_json::{Value, json};

/// How values are separated, and decimals are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Dialect {
    /// RFC 4180: comma, decimal point.
    #[default]
    Rfc4180,
    /// German Excel: semicolon, decimal comma.
    ExcelDe,
}

/// The dialect of CSV.
pub(crate) const DIALECT: Parameter<Dialect> = Parameter {
    name: "dialect",
    description: "`excel-de` separates values by semicolons and writes decimal commas, which German Excel expects. Default: `rfc4180`.",
    schema: || json!({ "type": "string", "enum": Dialect::WORDS, "default": Dialect::WORDS[0] }),
    read: |word| match parameter::one_of(word, &Dialect::WORDS)?.as_str() {
        "excel-de" => Ok(Dialect::ExcelDe),
        _ => Ok(Dialect::Rfc4180),
    },
    shared: None,
};

impl Dialect {
    const WORDS: [&'static str; 2] = ["rfc4180", "excel-de"];

    fn delimiter(self) -> u8 {
        match self {
            Self::Rfc4180 => b',',
            Self::ExcelDe => b';',
        }
    }

    /// A value of a column as the text of a cell.
    fn cell(self, column: &Column, value: &Value) -> String {
        let text = table::text(value);
        if column.column_type.is_number() {
            return match self {
                Self::Rfc4180 => text,
                Self::ExcelDe => text.replace('.', ","),
            };
        }
        if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
    }
}

/// Writes records as rows. Text that a spreadsheet would read as a formula is prefixed with `'`.
pub(super) struct Csv {
    columns: Vec<Column>,
    dialect: Dialect,
}

impl Csv {
    pub(super) fn new<C: Content>(dialect: Dialect) -> Self {
        Self { columns: table::columns::<C>(), dialect }
    }

    /// Writes rows with CRLF line ends (RFC 4180).
    fn rows(&self, rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>, Problem> {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.dialect.delimiter())
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        for row in rows {
            writer.write_record(row).map_err(Problem::internal)?;
        }
        writer.into_inner().map_err(Problem::internal)
    }
}

impl<C: Content> Writer<C> for Csv {
    fn begin(&mut self) -> Result<Vec<u8>, Problem> {
        let header = self.columns.iter().map(Column::name).collect();
        let mut bytes = "\u{feff}".as_bytes().to_vec();
        bytes.extend(self.rows(std::iter::once(header))?);
        Ok(bytes)
    }

    fn records(&mut self, records: &[Record<C>]) -> Result<Vec<u8>, Problem> {
        let values: Vec<Value> =
            records.iter().map(serde_json::to_value).collect::<Result<_, _>>().map_err(Problem::internal)?;
        let row = |record: &Value| {
            self.columns.iter().map(|column| self.dialect.cell(column, column.value(record))).collect()
        };
        self.rows(values.iter().map(row))
    }

    fn end(&mut self) -> Result<Vec<u8>, Problem> {
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(dialect: Dialect, example: &Value, value: &Value) -> String {
        dialect.cell(&Column::of(Vec::new(), example), value)
    }

    #[test]
    fn cells_are_no_formulas() {
        for dialect in [Dialect::Rfc4180, Dialect::ExcelDe] {
            assert_eq!(cells(dialect, &json!("a"), &json!("=1+1")), "'=1+1");
            assert_eq!(cells(dialect, &json!(["a"]), &json!(["-a", "b"])), "'-a; b");
        }
    }

    #[test]
    fn only_numbers_have_decimal_commas() {
        let cells = |example, value| cells(Dialect::ExcelDe, &example, &value);
        assert_eq!(cells(json!(8.5), json!(-1.5)), "-1,5");
        assert_eq!(cells(json!("10.00"), json!("7500000.00")), "7500000,00");
        assert_eq!(cells(json!("a"), json!("1.5")), "1.5");
        assert_eq!(
            cells(json!("2026-05-01T07:30:00Z"), json!("2026-05-01T07:30:00.500Z")),
            "2026-05-01T07:30:00.500Z"
        );
    }
}
