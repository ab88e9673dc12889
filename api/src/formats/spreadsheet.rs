//! Spreadsheets (Office Open XML, ISO/IEC 29500): one sheet with a frozen header, and cells with types.
//!
//! Codes with leading zeros stay text. A day is a date, a moment a date with time in UTC, money a number. Dates of which
//! only the month or year is known stay text.
//!
//! Rows are written to a temporary file, and packed when all are known, so memory does not grow with their number.

use super::{
    Writer,
    table::{self, Column, Type},
    titles,
};
use crate::problem::Problem;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use domain::{content::Content, record::Record, search::Language};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use serde_json::Value;

/// The largest number of rows. Packing them takes a few seconds, during which nothing is sent.
pub(crate) const MAX_ROWS: usize = 100_000;
/// The largest length of text in a cell, in UTF-16 code units.
const MAX_UNITS: usize = 32_767;
/// The first year of dates in a spreadsheet.
const FIRST_YEAR: i32 = 1900;
/// Width of a column, in characters.
const WIDTH: f64 = 20.0;

/// Writes records as rows.
pub(super) struct Spreadsheet {
    columns: Vec<Column>,
    language: Option<Language>,
    workbook: Workbook,
    formats: Formats,
    row: u32,
}

/// How values are shown.
struct Formats {
    header: Format,
    date: Format,
    moment: Format,
    money: Format,
}

impl Spreadsheet {
    pub(super) fn new<C: Content>(language: Option<Language>) -> Self {
        Self {
            columns: table::columns::<C>(),
            language,
            workbook: Workbook::new(),
            formats: Formats {
                header: Format::new().set_bold(),
                date: Format::new().set_num_format("yyyy-mm-dd"),
                moment: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
                money: Format::new().set_num_format("#,##0.00"),
            },
            row: 0,
        }
    }

    /// Writes the header, and freezes it.
    fn header<C: Content>(&mut self) -> Result<(), XlsxError> {
        // A fixed date of creation: the same records give the same bytes.
        let created = ExcelDateTime::from_ymd(2026, 1, 1)?;
        self.workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(C::KIND.plural())?;
        sheet.set_freeze_panes(1, 0)?;
        for (index, column) in (0..).zip(&self.columns) {
            sheet.set_column_width(index, WIDTH)?;
            let title = match self.language {
                Some(Language::De) => titles::german(&column.name()),
                _ => column.name(),
            };
            sheet.write_string_with_format(0, index, title, &self.formats.header)?;
        }
        Ok(())
    }

    fn record(&mut self, record: &Value) -> Result<(), XlsxError> {
        self.row += 1;
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (index, column) in (0..).zip(&self.columns) {
            self.formats.write(sheet, (self.row, index), column.column_type, column.value(record))?;
        }
        Ok(())
    }
}

impl Formats {
    /// Writes a value into a cell. A value that does not have the type of its column is written as text.
    fn write(
        &self,
        sheet: &mut Worksheet,
        (row, column): (u32, u16),
        kind: Type,
        value: &Value,
    ) -> Result<(), XlsxError> {
        let text = table::text(value);
        if text.is_empty() {
            return Ok(());
        }
        match kind {
            Type::Boolean if value.is_boolean() => {
                sheet.write_boolean(row, column, value.as_bool() == Some(true))?;
            }
            Type::Number if let Ok(number) = text.parse::<f64>() => {
                sheet.write_number(row, column, number)?;
            }
            Type::Money if let Ok(number) = text.parse::<f64>() => {
                sheet.write_number_with_format(row, column, number, &self.money)?;
            }
            Type::Date
                if let Ok(day) = text.parse::<NaiveDate>()
                    && day.year() >= FIRST_YEAR =>
            {
                sheet.write_datetime_with_format(row, column, day, &self.date)?;
            }
            Type::Moment
                if let Ok(moment) = text.parse::<DateTime<Utc>>()
                    && moment.year() >= FIRST_YEAR =>
            {
                sheet.write_datetime_with_format(row, column, moment.naive_utc(), &self.moment)?;
            }
            _ => {
                sheet.write_string(row, column, cut(text))?;
            }
        }
        Ok(())
    }
}

/// Cuts a text that is too long for a cell, and marks the cut.
fn cut(mut text: String) -> String {
    if text.encode_utf16().count() <= MAX_UNITS {
        return text;
    }
    let mut units = '…'.len_utf16();
    let end = text.char_indices().find(|(_, letter)| {
        units += letter.len_utf16();
        units > MAX_UNITS
    });
    text.truncate(end.map_or(text.len(), |(index, _)| index));
    text.push('…');
    text
}

impl<C: Content> Writer<C> for Spreadsheet {
    fn begin(&mut self) -> Result<Vec<u8>, Problem> {
        self.header::<C>().map_err(Problem::internal)?;
        Ok(Vec::new())
    }

    fn records(&mut self, records: &[Record<C>]) -> Result<Vec<u8>, Problem> {
        for record in records {
            let record = serde_json::to_value(record).map_err(Problem::internal)?;
            self.record(&record).map_err(Problem::internal)?;
        }
        Ok(Vec::new())
    }

    fn end(&mut self) -> Result<Vec<u8>, Problem> {
        self.workbook.save_to_buffer().map_err(Problem::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_between_characters() {
        for letter in ["a", "ä", "漢", "😀"] {
            for length in [MAX_UNITS - 1, MAX_UNITS, MAX_UNITS + 1, 2 * MAX_UNITS] {
                let text = letter.repeat(length);
                let units = cut(text.clone()).encode_utf16().count();
                assert!(
                    units <= MAX_UNITS && units + 2 > MAX_UNITS.min(length),
                    "{letter} {length}: {units}"
                );
                assert_eq!(cut(text.clone()) == text, text.encode_utf16().count() <= MAX_UNITS);
            }
        }
    }
}
