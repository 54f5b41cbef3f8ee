//! JMeter's reports, XML results and Taurus' statistics: special cases of each. The figures of whole files are in
//! `fixtures.rs`.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fmt::Write as _;

use loaddiff::ingest::{Error, Options, Part, Parts, Problem, Reader, assemble, read};
use loaddiff::run::{Definition, Endpoint, Percentile, Run};

fn run_of(part: Part) -> Run {
    assemble(vec![part], Parts::Refuse).unwrap()
}

fn run_from(text: &str) -> Run {
    run_of(read("x", text.as_bytes()).unwrap_or_else(|e| panic!("{e}\n{}", &text[..text.len().min(300)])))
}

fn error(text: &str) -> Error {
    read("x", text.as_bytes()).map(|part| panic!("read as {}", part.file.format)).unwrap_err()
}

fn format(text: &str) -> String {
    read("x", text.as_bytes()).unwrap_or_else(|e| panic!("{e}")).file.format.into_owned()
}

fn names(run: &Run) -> Vec<&str> {
    run.endpoints.iter().map(|e| e.name.as_str()).collect()
}

fn counts(endpoint: &Endpoint) -> (Option<u64>, Option<u64>) {
    (endpoint.requests, endpoint.failures)
}

fn total(run: &Run) -> &Endpoint {
    run.total.as_ref().unwrap()
}

fn quantile(endpoint: &Endpoint, percentile: &str) -> Option<f64> {
    endpoint.latency.distribution.quantile_ms(Percentile::parse(percentile).unwrap())
}

fn has_note(run: &Run, code: &str) -> bool {
    run.notes.iter().any(|note| note.code() == code)
}

// ---- the dashboard

const TITLES_5_6: &str = r##"["Label","#Samples","FAIL","Error %","Average","Min","Max","Median","90th pct","95th pct","99th pct","Transactions/s","Received","Sent"]"##;

fn dashboard(titles: &str, overall: &str, items: &str) -> String {
    format!(
        "/* licence */\nvar showControllersOnly = false;\n    createTable($(\"#apdexTable\"), {{\"items\": [{{\"data\": \
         [NaN]}}]}}, function(index, item){{\n}});\n    createTable($(\"#statisticsTable\"), {{\"overall\": {overall}, \
         \"titles\": {titles}, \"items\": [{items}]}}, function(index, item){{\n        {{}}\n    }}, [[0, 0]], 0);\n    \
         createTable($(\"#errorsTable\"), {{\"titles\": [\"Type of error\"], \"items\": [{{\"data\": [\"500/Internal Server \
         Error\", 2, 66.6, 6.6], \"isController\": false}}, {{\"data\": [\"Assertion failed\", 1, 33.3, 3.3]}}]}}, \
         function(index, item){{}});\n"
    )
}

const OVERALL: &str = r#"{"data": ["Total", 30, 3, 10.0, 20.5, 1, 90, 15.0, 40.0, 50.0, 80.0, 3.25, 1.0, 2.0]}"#;

#[test]
fn dashboards_total_is_the_overall_row() {
    let items = r#"{"data": ["/a", 20, 3, 15.0, 20.0, 1, 90, 15.0, 40.0, 50.0, 80.0, 2.5, 1.0, 2.0], "isController": false},
        {"data": ["/b", 10, 0, 0.0, 21.5, 2, 60, 16.0, 41.0, 51.0, 60.0, 1.5, 1.0, 2.0], "isController": false},
        {"data": ["both", 10, 2, 20.0, 41.5, 5, 99, 30.0, 80.0, 90.0, 99.0, 1.5, 1.0, 2.0], "isController": true},
        {"data": ["never", 0, 0, NaN, NaN, 9223372036854775807, -9223372036854775808, NaN, NaN, NaN, NaN, NaN, NaN, NaN]}"#;
    let run = run_from(&dashboard(TITLES_5_6, OVERALL, items));
    assert_eq!(names(&run), ["/a", "/b", "both", "never"]);
    assert_eq!(counts(total(&run)), (Some(30), Some(3)));
    assert_eq!(total(&run).rate_per_s, Some(3.25));
    assert!(has_note(&run, "transactions-listed"));
    let both = run.endpoint(None, "both").unwrap();
    assert_eq!(
        (both.latency.mean_ms, quantile(both, "50"), quantile(both, "95")),
        (Some(41.5), Some(30.0), Some(90.0))
    );
    let never = run.endpoint(None, "never").unwrap();
    assert_eq!(
        (never.requests, never.latency.min_ms, never.latency.max_ms, never.rate_per_s),
        (Some(0), None, None, None)
    );
    let failures: Vec<_> = run.failures.iter().map(|f| (f.message.as_str(), f.count)).collect();
    assert_eq!(failures, [("500/Internal Server Error", 2), ("Assertion failed", 1)]);
}

/// `aggregate_rpt_pct1` to 3 may have any value, and the titles are translated.
#[test]
fn dashboards_titles_name_the_percentiles() {
    let titles = TITLES_5_6
        .replace("90th pct", "50e centile")
        .replace("95th pct", "75,5e centile")
        .replace("99th pct", "99.9e centile");
    let run = run_from(&dashboard(&titles, OVERALL, ""));
    let total = total(&run);
    assert_eq!((quantile(total, "75.5"), quantile(total, "99.9")), (Some(50.0), Some(80.0)));
    assert!(!has_note(&run, "percentile-levels-assumed"));
    // Without numbers in the titles: by the number of columns, with a note.
    let run = run_from(&dashboard("[]", OVERALL, ""));
    assert_eq!(quantile(run.total.as_ref().unwrap(), "95"), Some(50.0));
    assert!(has_note(&run, "percentile-levels-assumed"));
}

/// With "Generate parent sample" there may be only controllers.
#[test]
fn a_dashboard_of_controllers_alone() {
    let items = r#"{"data": ["log in", 20, 2, 10.0, 20.0, 1, 90, 15.0, 40.0, 50.0, 80.0, 2.5, 1.0, 2.0], "isController": true},
        {"data": ["buy", 10, 1, 10.0, 30.0, 2, 60, 16.0, 41.0, 51.0, 60.0, 1.5, 1.0, 2.0], "isController": true}"#;
    let overall = r#"{"data": ["Total", 0, 0, NaN, NaN, 0, 0, NaN, NaN, NaN, NaN, 0.0, 0.0, 0.0]}"#;
    let run = run_from(&dashboard(TITLES_5_6, overall, items));
    assert_eq!(counts(total(&run)), (Some(30), Some(3)));
}

#[test]
fn a_dashboard_that_is_cut_or_of_an_unknown_layout() {
    let whole = dashboard(TITLES_5_6, OVERALL, "");
    let cut = &whole[..whole.find("Median").unwrap()];
    assert!(matches!(error(cut).problem(), Problem::BadJson { .. }));
    let unknown = dashboard("[\"Label\"]", "{\"data\": [\"Total\", 1, 2]}", "");
    assert!(matches!(error(&unknown).problem(), Problem::BadValue { .. }));
}

/// The page itself and its charts are named with the file to use instead.
#[test]
fn other_files_of_the_dashboard_are_named() {
    for text in [
        "<!DOCTYPE html>\n<html><head><title>Apache JMeter Dashboard</title>",
        "$(document).ready(function() {});\nvar responseTimePercentilesInfos = {\n        data: {\"result\": {}},\n",
    ] {
        let error = error(text);
        assert!(error.to_string().contains("content/js/dashboard.js"), "{error}");
    }
}

// ---- tables of listeners

const AGGREGATE: &str = "Label,# Samples,Average,Median,90% Line,95% Line,99% Line,Min,Max,Error %,Throughput,Received KB/sec,Sent KB/sec\n";

fn aggregate(rows: &str) -> Run {
    run_from(&format!("{AGGREGATE}{rows}"))
}

#[test]
fn tables_in_every_language() {
    // Label, count, mean, median, a percentile, min, max, errors, throughput, received, sent, total.
    let languages = [
        "Label|# Samples|Average|Median|90% Line|Min|Max|Error %|Throughput|Received KB/sec|Sent KB/sec|TOTAL",
        "Label|Anz. der Proben|Durchschnitt|Mittel|90% Line|Min|Max|% Fehler|Durchsatz|KB/sek|Sent KB/sec|Gesamt",
        "Etiqueta|# Muestras|Media|Mediana|90% Line|Mín|Máx|% Error|Rendimiento|Kb/sec|Sent KB/sec|Total",
        "Libellé|# Echantillons|Moyenne|Médiane|90% centile|Min|Max|% Erreur|Débit|Ko/sec reçus|Ko/sec émis|TOTAL",
        "Rótulo|# Amostras|Média|Mediana|90% Line|Mín.|Máx.|% de Erro|Vazão|KB/s|Sent KB/sec|TOTAL",
        "Label|# 样本|平均值|中位数|90% 百分位|最小值|最大值|异常 %|吞吐量|接收 KB/sec|发送 KB/sec|总体",
        "Label|取樣數|平均值|中間值|90% Line|最小值|最大值|錯誤率|處理量|KB/sec|Sent KB/sec|總計",
        "Label|# Samples|Average|Median|90% Line|Min|Max|Error %|Throughput|Received KB/sec|Sent KB/sec|合計",
        "라벨|표본 수|평균|중간값|90% 선|최소값|최대값|오류 %|처리량|수신 KB/초|전송 KB/초|합계",
        "Etykieta|# Liczba próbek|Średnia|Mediana|90% Line|Min|Maks.|% błędów|Przepustowość|KB/sek|Sent KB/sec|RAZEM",
        "Etiket|# Örnek|Ortalama|Ortalama|90% Line|En Düşük|En Yüksek|Hata %|Transfer Oranı|KB/sn|Sent KB/sec|TOPLAM",
    ];
    for language in languages {
        let words: Vec<&str> = language.split('|').collect();
        let level = |percent: &str| words[4].replace("90", percent);
        for delimiter in [',', ';', '\t'] {
            let at = delimiter.to_string();
            let mut titles: Vec<String> = words[..5].iter().map(|w| (*w).to_owned()).collect();
            titles.extend([level("95"), level("99")]);
            titles.extend(words[5..11].iter().map(|w| (*w).to_owned()));
            let row = |label: &str, n: u64, errors: &str| {
                [label, &n.to_string(), "10", "9", "20", "25", "40", "1", "55", errors, ".85877", "1.5", ".2"].join(&at)
            };
            let text =
                [titles.join(&at), row("/a", 400, "0.500%"), row("", 600, "0.000%"), row(words[11], 1000, "0.200%")];
            let run = run_from(&text.join("\n"));
            assert_eq!(names(&run), ["", "/a"], "{language}");
            let a = run.endpoint(None, "/a").unwrap();
            assert_eq!(counts(a), (Some(400), Some(2)), "{language}");
            assert_eq!((a.latency.mean_ms, a.latency.min_ms, a.latency.max_ms), (Some(10.0), Some(1.0), Some(55.0)));
            let levels = ["50", "90", "95", "99"].map(|p| quantile(a, p).unwrap());
            assert_eq!((levels, a.rate_per_s), ([9.0, 20.0, 25.0, 40.0], Some(0.85877)));
            assert_eq!(counts(total(&run)), (Some(1000), Some(2)), "{language}");
        }
    }
}

/// The header is in JMeter's language, numbers are in that of the JVM.
#[test]
fn numbers_of_any_locale() {
    for row in [
        "/a,1100,12,11,20,25,40,1,55,\"0,909%\",\"1,10496\",\"16,5\",\",16005\"",
        "/a,١١٠٠,١٢,١١,٢٠,٢٥,٤٠,١,٥٥,٠٫٩٠٩٪\u{61c},١٫١٠٤٩٦,١٦٫٥,٠٫١٦٠٠٥",
        "/a,۱۱۰۰,۱۲,۱۱,۲۰,۲۵,۴۰,۱,۵۵,۰٫۹۰۹٪,۱٫۱۰۴۹۶,۱۶٫۵,۰٫۱۶۰۰۵",
        "/a,১১০০,১২,১১,২০,২৫,৪০,১,৫৫,০.৯০৯%,১.১০৪৯৬,১৬.৫,০.১৬০০৫",
        "/a,११००,१२,११,२०,२५,४०,१,५५,०.९०९%,१.१०४९६,१६.५,०.१६००५",
    ] {
        let run = aggregate(&format!("{row}\n{}\n", row.replacen("/a", "TOTAL", 1)));
        let a = run.endpoint(None, "/a").unwrap();
        assert_eq!(counts(a), (Some(1100), Some(10)), "{row}");
        assert_eq!((a.rate_per_s, quantile(a, "95")), (Some(1.10496), Some(25.0)), "{row}");
        assert_eq!(counts(total(&run)), (Some(1100), Some(10)), "{row}");
    }
}

#[test]
fn missing_numbers() {
    let nothing = "0,0,0,0,0,0,9223372036854775807,-9223372036854775808,0.000%,.00000,.00,.00";
    let run = aggregate(&format!(
        "/never,{nothing}\n/fast,5,0,0,0,0,0,0,0,0.000%,∞,∞,.00\nTOTAL,5,0,0,0,0,0,0,0,0.000%,Infinity,.00,.00\n"
    ));
    let never = run.endpoint(None, "/never").unwrap();
    let latency = &never.latency;
    assert_eq!((never.requests, latency.mean_ms, latency.min_ms, latency.max_ms), (Some(0), None, None, None));
    assert_eq!((never.rate_per_s, quantile(never, "95")), (None, None));
    let fast = run.endpoint(None, "/fast").unwrap();
    assert_eq!((fast.rate_per_s, fast.latency.max_ms, total(&run).rate_per_s), (None, Some(0.0), None));
}

#[test]
fn errors_in_percent_or_as_a_fraction() {
    let raw = "sampler_label,aggregate_report_count,average,aggregate_report_median,aggregate_report_90%_line,\
               aggregate_report_min,aggregate_report_max,aggregate_report_error%,aggregate_report_rate,aggregate_report_bandwidth\n";
    let run = run_from(&format!("{raw}/a,40,10,9,20,1,55,0.025,2.5,1.0\nTOTAL,40,10,9,20,1,55,0.025,2.5,1.0\n"));
    assert_eq!((counts(total(&run)), quantile(total(&run), "90")), ((Some(40), Some(1)), Some(20.0)));
    assert_eq!(total(&run).stated_error_rate_pct, Some(2.5));
    // Rounded to two decimals, up to 3.0: with many samples the number of failures is ambiguous, but rows still add up.
    let run = aggregate(
        "/a,30000,10,9,20,25,40,1,55,0.01%,2.5,1.0,0\n/b,30000,10,9,20,25,40,1,55,0.01%,2.5,1.0,0\nTOTAL,60000,10,9,20,25,40,1,55,0.01%,2.5,1.0,0\n",
    );
    assert!(has_note(&run, "failures-from-percent"));
    assert_eq!(counts(total(&run)), (Some(60_000), Some(6)));
}

/// The last row is the total; a sampler may have the same name.
#[test]
fn the_last_row_is_the_total() {
    let row = |label: &str, n: u64| format!("{label},{n},10,9,20,25,40,1,55,0.000%,2.5,1.0,0\n");
    let run = aggregate(&(row("TOTAL", 10) + &row("/a", 20) + &row("TOTAL", 30)));
    assert_eq!((names(&run), total(&run).requests), (vec!["/a", "TOTAL"], Some(30)));
    // Without one, it is summed.
    let run = aggregate(&(row("/a", 10) + &row("/b", 10)));
    assert_eq!((names(&run), total(&run).requests), (vec!["/a", "/b"], Some(20)));
    assert!(has_note(&run, "total-summed"));
    // One endpoint per label.
    let run = aggregate(&(row("/a", 10) + &row("/a", 20) + &row("TOTAL", 30)));
    assert_eq!((names(&run), run.endpoints[0].requests, run.rows.merged), (vec!["/a"], Some(30), 1));
}

/// A label of several lines, a cut row, a header in between.
#[test]
fn invalid_rows_of_tables() {
    let row = |label: &str, n: u64| format!("{label},{n},10,9,20,25,40,1,55,0.000%,2.5,1.0,0\n");
    let text =
        row("\"two\nlines, \"\"quoted\"\"\"", 10) + "/cut,5,10\n" + AGGREGATE + &row("/b", 20) + &row("TOTAL", 30);
    let run = aggregate(&text);
    assert_eq!(names(&run), ["/b", "two\nlines, \"quoted\""]);
    assert_eq!((total(&run).requests, run.rows.rejected), (Some(30), 1));
}

#[test]
fn tables_without_a_header_only_if_unambiguous() {
    let row = |label: &str, n: u64, min: u64| format!("{label},{n},10,9,20,25,40,{min},55,0.000%,2.5,1.0,0\n");
    let text = row("/a", 10, 3) + &row("/b", 20, 2) + &row("Összesen", 30, 2);
    let run = run_from(&text);
    assert_eq!((names(&run), total(&run).requests), (vec!["/a", "/b"], Some(30)));
    assert!(has_note(&run, "percentile-levels-assumed"));
    // With a header in an unknown language, or in a misread code page.
    let titles = "Ñàäîê,?,?,?,90% ?,95% ?,99% ?,?,?,?,?,?,?\n";
    assert_eq!(format(&(titles.to_owned() + &text)), "jmeter-table");
    // The last row is not the sum of the others.
    let text = row("/a", 10, 3) + &row("/b", 20, 2) + &row("TOTAL", 31, 2);
    assert!(matches!(error(&text).problem(), Problem::Unrecognised { .. }));
}

/// A file named aggregate.csv with raw samples is read as these.
#[test]
fn tables_and_jtl_are_distinguished() {
    assert_eq!(format("timeStamp,elapsed,label,success\n1700000000000,5,/a,true\n"), "jmeter-csv");
    assert_eq!(format(&format!("{AGGREGATE}/a,1,1,1,1,1,1,1,1,0.000%,1.0,1,1\n")), "jmeter-table");
}

/// The GUI table's percentiles are a value at a rank of the whole run, unlike the dashboard's.
#[test]
fn percentiles_of_tables_differ_from_the_dashboard() {
    let row = "/a,100,10,9,20,25,40,1,55,0.000%,2.5,1.0,0\n";
    let table = aggregate(&(row.to_owned() + &row.replace("/a", "TOTAL")));
    let dashboard = run_from(&dashboard(TITLES_5_6, OVERALL, ""));
    let comparison = loaddiff::compare::compare(table, dashboard, loaddiff::policy::profile("default").unwrap());
    let reasons = &comparison.comparability.reasons;
    let told = reasons.iter().find(|reason| reason.code() == "percentile-definitions-differ").unwrap().text();
    assert!(told.contains(Definition::Rank.text()) && told.contains(Definition::JMeterDashboard.text()), "{told}");
}

// ---- the summariser

const MINUTES: &str = "summary +   1000 in 00:00:30 =   33.3/s Avg:   100 Min:    10 Max:   900 Err:     5 (0.50%) Active: 10 Started: 10 Finished: 0\n\
                       summary +   2000 in 00:00:30 =   66.7/s Avg:   200 Min:     8 Max:   950 Err:    10 (0.50%) Active: 20 Started: 20 Finished: 0\n\
                       summary =   3000 in 00:01:00 =   50.0/s Avg:   167 Min:     8 Max:   950 Err:    15 (0.50%)\n";

#[test]
fn the_last_line_of_the_summariser_is_the_result() {
    let run = run_from(MINUTES);
    assert_eq!(names(&run), ["all requests"]);
    let all = total(&run);
    assert_eq!((counts(all), all.rate_per_s), ((Some(3000), Some(15)), Some(50.0)));
    assert_eq!((all.latency.mean_ms, all.latency.min_ms, all.latency.max_ms), (Some(167.0), Some(8.0), Some(950.0)));
    assert_eq!((quantile(all, "95"), run.duration_s, run.users), (None, Some(60.0), Some(20)));
    let timeline = run.timeline.as_ref().unwrap();
    let intervals: Vec<_> =
        timeline.intervals.iter().map(|i| (i.end_s, i.length_s, i.requests, i.failures, i.mean_ms)).collect();
    assert_eq!(intervals, [(30, 30, 1000, 5, Some(100.0)), (60, 30, 2000, 10, Some(200.0))]);
}

/// The last line shows that all users have finished. Before, none had: all started users were active.
#[test]
fn users_of_the_summariser() {
    let first = "summary +      1 in   0.4s =    2.2/s Avg:    74 Min:    74 Max:    74 Err:     0 (0.00%) Active: 2 Started: 2 Finished: 0\n";
    let last = "summary +    363 in   3.2s =  115.0/s Avg:    40 Min:     5 Max:   405 Err:   108 (29.75%) Active: 0 Started: 4 Finished: 4\n";
    let all = "summary =    364 in     4s =  101.1/s Avg:    40 Min:     5 Max:   405 Err:   108 (29.67%)\n";
    let run = run_from(&format!("{first}{last}{all}"));
    assert_eq!(run.users, Some(4));
    let users: Vec<_> = run.timeline.as_ref().unwrap().intervals.iter().map(|i| i.users).collect();
    assert_eq!(users, [Some(2), None]);
    assert!(has_note(&run, "summary-lines-controllers"));
    assert_eq!(run_from(&format!("{last}{all}")).users, None);
}

/// JMeter writes these as integers: with a separator they are ambiguous.
#[test]
fn separators_in_whole_numbers_are_refused() {
    let line = "summary = 1,000 in 00:01:00 =  16.7/s Avg: 10 Min: 1 Max: 20 Err: 1 (0.10%)\n";
    assert!(error(line).to_string().contains("the number of samples “1,000” is no whole number"));
    let mean = line.replace("1,000", "1000").replace("Avg: 10", "Avg: 1.010");
    assert!(error(&mean).to_string().contains("the mean “1.010” is no whole number"));
    let row =
        |count: &str, max: &str| format!("{AGGREGATE}a,{count},5,5,6,7,8,1,{max},\"0,9%\",\"1,1\",\"1,0\",\"0,5\"\n");
    assert!(error(&row("1.000", "9")).to_string().contains("the number of samples “1.000” is no whole number"));
    assert!(error(&row("\"1,000\"", "9")).to_string().contains("the number of samples “1,000” is no whole number"));
    assert!(error(&row("1000", "1.234")).to_string().contains("the time “1.234” is no whole number"));
    assert_eq!(counts(total(&run_from(&row("1000", "1234")))), (Some(1000), Some(9)));
}

/// A row that is the sum of all others is the total, in any position.
#[test]
fn the_total_of_a_sorted_table() {
    let (a, b) = ("a,24,5,5,6,7,8,2,9,0.000%,1.0,1.0,0.5\n", "b,6,5,5,6,7,8,1,8,50.000%,1.0,1.0,0.5\n");
    let sum = "TOTAL,30,5,5,6,7,8,1,9,10.000%,2.0,2.0,1.0\n";
    for rows in [[a, b, sum], [sum, a, b], [b, sum, a]] {
        let run = run_from(&format!("{AGGREGATE}{}", rows.concat()));
        assert_eq!((names(&run), counts(total(&run))), (vec!["a", "b"], (Some(30), Some(3))), "{rows:?}");
        assert!(!has_note(&run, "total-by-name-alone"));
    }
    let run = run_from(&format!("{AGGREGATE}{}{a}{b}", sum.replace("30", "31")));
    assert_eq!(names(&run), ["TOTAL", "a", "b"]);
    assert!(has_note(&run, "total-by-name-alone"));
}

/// Up to 2.12 errors are fractions, regardless of other rows in the table.
#[test]
fn a_bad_row_does_not_change_fractions_to_percentages() {
    let header = "sampler_label,aggregate_report_count,average,aggregate_report_median,aggregate_report_90%_line,aggregate_report_min,aggregate_report_max,aggregate_report_error%,aggregate_report_rate,aggregate_report_bandwidth\n";
    let rows = "/a,24,12,10,16,6,51,1.0,4.8,2.5\n/b,168,12,10,16,6,51,0.0297619,4.8,2.5\n";
    let sum = "TOTAL,192,12,10,16,6,51,0.15104,9.6,5.0\n";
    for bad in ["", "GET /a, b,5,12,10,16,6,51,0.2,4.8,2.5\n", header] {
        let run = run_from(&format!("{header}{rows}{bad}{sum}"));
        assert_eq!(counts(total(&run)), (Some(192), Some(29)), "{bad}");
        assert_eq!(counts(&run.endpoints[0]), (Some(24), Some(24)), "{bad}");
    }
}

#[test]
fn samples_of_jmeter_2_0_are_named() {
    let old = "<?xml version=\"1.0\"?><testResults><sampleResult timeStamp=\"1700000000000\" label=\"a\" time=\"5\"/></testResults>";
    assert!(matches!(error(old).problem(), Problem::NotYet { id: "jmeter-xml-old", .. }));
}

/// Log prefixes, colours, and their timestamps.
#[test]
fn summary_lines_inside_other_logs() {
    let with = |prefix: &dyn Fn(usize) -> String| -> String {
        MINUTES.lines().enumerate().map(|(at, line)| format!("{}{line}\n", prefix(at))).collect()
    };
    let moment = |at: usize| format!("2024-08-15 13:0{}:41,846 INFO o.a.j.r.Summariser: ", at + 7);
    let old = |at: usize| format!("2017/11/16 16:2{}:46 INFO  - jmeter.reporters.Summariser: ", at);
    for (text, started_ms) in [
        (with(&moment), Some(1_723_727_231_846)),
        (with(&old), Some(1_510_849_216_000)),
        (with(&|at| format!("2024-08-15T13:0{}:41.1234567Z \u{1b}[0;32m", at + 7)), Some(1_723_727_231_123)),
        (with(&|at| format!("[2024-08-15T13:0{}:41.123Z] ", at + 7)), Some(1_723_727_231_123)),
        (with(&|_| "jmeter_1  | ".to_owned()), None),
        (with(&|_| "[load test] \u{1b}[36m".to_owned()), None),
        (
            format!(
                "[Pipeline] sh\n+ jmeter -n -t x.jmx\nStarting the test @ Thu Aug 15 13:07:11 UTC 2024 (1723727231846)\n{MINUTES}[Pipeline] }}\n"
            ),
            Some(1_723_727_231_846),
        ),
        (format!("# Report\n\n```\n{}```\n", MINUTES.replace('\n', "\r\n")), None),
    ] {
        let run = run_from(&text);
        assert_eq!((names(&run), counts(total(&run))), (vec!["all requests"], (Some(3000), Some(15))), "{text}");
        assert_eq!(run.started_ms, started_ms, "{text}");
        assert_eq!(run.timeline.as_ref().map(|t| t.requests()), Some(3000), "{text}");
    }
}

#[test]
fn summariser_of_every_version_and_locale() {
    // Up to 2.13; longer than a day; no samples yet; a comma; a listener's name.
    let run = run_from("summary =     96 in   4.1s =   23.3/s Avg:   130 Min:     0 Max:   661 Err:    12 (12.50%)\n");
    assert_eq!((counts(total(&run)), run.duration_s), ((Some(96), Some(12)), Some(4.1)));
    let run = run_from("summary = 900000 in 72:00:05 =    3,5/s Avg:   130 Min:     0 Max:   661 Err:    12 (0,01%)\n");
    assert_eq!((run.duration_s, total(&run).rate_per_s), (Some(259_205.0), Some(3.5)));
    let run = run_from(
        "summary =      0 in 00:00:00 = ******/s Avg:     0 Min: 9223372036854775807 Max: -9223372036854775808 Err:     0 (0.00%)\n",
    );
    let all = total(&run);
    assert_eq!((all.requests, all.rate_per_s, all.latency.mean_ms, all.latency.min_ms), (Some(0), None, None, None));
    let run = run_from(
        "2024-08-15 13:07:41,846 INFO o.a.j.r.Summariser: Generate Summary Results =   5 in 00:00:01 = 5.0/s Avg: 1 Min: 1 Max: 1 Err: 0 (0.00%)\n",
    );
    assert_eq!(names(&run), ["Generate Summary Results"]);
}

/// A log that JMeter appended to, and consecutive runs on a console.
#[test]
fn the_last_of_several_runs() {
    let less = MINUTES.replace("2000 in", "200 in").replace("3000 in", "1200 in");
    for text in [
        format!("{MINUTES}{less}"),
        format!(
            "Starting the test @ Thu Aug 15 (1723727231846)\n{MINUTES}Starting the test @ Thu Aug 15 (1723727331846)\n{less}"
        ),
    ] {
        let run = run_from(&text);
        assert_eq!(total(&run).requests, Some(1200));
        assert_eq!(run.timeline.as_ref().unwrap().requests(), 1200);
        let note = run.notes.iter().find(|n| n.code() == "several-runs").unwrap();
        assert!(note.text().contains("2 runs"), "{}", note.text());
    }
    // A started run without lines does not count.
    let run = run_from(&format!("{MINUTES}Starting the test @ Thu Aug 15 (1723727331846)\n"));
    assert_eq!((total(&run).requests, has_note(&run, "several-runs")), (Some(3000), false));
    // Stopped before its second line.
    let run = run_from(MINUTES.lines().next().unwrap());
    assert_eq!(total(&run).requests, Some(1000));
}

#[test]
fn several_summarisers() {
    let text = format!(
        "{MINUTES}{}",
        MINUTES.replace("summary", "2024-08-15 13:07:41,846 INFO o.a.j.r.Summariser: only logins")
    );
    let run = run_from(&text);
    assert_eq!((names(&run), total(&run).requests), (vec!["only logins"], Some(3000)));
    let text = MINUTES.replace("summary", "x.Summariser: a b") + &MINUTES.replace("summary", "x.Summariser: c");
    let run = run_from(&text);
    assert_eq!((names(&run), run.total.is_none()), (vec!["a b", "c"], true));
}

#[test]
fn lines_similar_to_a_summary() {
    for text in [
        "summary = many in 00:00:10 = 5/s Avg: 1\n",
        "the rate was 5/s Avg: 3 Min: 2\n",
        "x = 5 in y = 5/s Avg: 1 Min: 1 Max: 1 Err: 0\n",
    ] {
        assert!(matches!(error(text).problem(), Problem::Unrecognised { .. }), "{text}");
    }
}

// ---- results in XML

fn xml(body: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testResults version=\"1.2\">\n{body}\n</testResults>\n")
}

#[test]
fn samples_of_xml() {
    let text = xml(
        "<httpSample t=\"100\" lt=\"90\" ts=\"1700000000000\" s=\"true\" lb=\"/a?x=1&amp;y=&lt;2&gt;&#233;\" rc=\"200\" rm=\"OK\" by=\"300\" na=\"7\"/>\n\
         <sample t=\"300\" ts=\"1700000001000\" lb=\"/old\" rs=\"200\"></sample>\n\
         <sample s='false' lb='/b &quot;q&quot; > c' t='500' ts='1700000002000' rc='500' rm='Internal &amp; Error'/>\n\
         <sample t=\"1000\" ts=\"1700000003000\" lb=\"/many\" s=\"true\" sc=\"10\" ec=\"3\" rc=\"503\"/>",
    );
    let run = run_from(&text);
    assert_eq!(names(&run), ["/a?x=1&y=<2>é", "/b \"q\" > c", "/many", "/old"]);
    assert_eq!(counts(total(&run)), (Some(13), Some(4)));
    assert_eq!(counts(run.endpoint(None, "/many").unwrap()), (Some(10), Some(3)));
    // A missing `s` is true; `ts` is the start.
    assert_eq!(counts(run.endpoint(None, "/old").unwrap()), (Some(1), Some(0)));
    assert_eq!((run.started_ms, run.duration_s, run.users), (Some(1_700_000_000_000), Some(4.0), Some(7)));
    assert!(has_note(&run, "several-per-row"));
    let causes: Vec<_> = run.failures.iter().map(|f| (f.name.as_str(), f.message.as_str(), f.count)).collect();
    assert_eq!(causes, [("/many", "503", 3), ("/b \"q\" > c", "500 Internal & Error", 1)]);
    assert!(!has_note(&run, "xml-ends-early"));
    assert_eq!(format(&format!("\n\n  {text}")), "jmeter-xml");
}

#[test]
fn messages_of_assertions() {
    let assertion = |failed: bool, message: &str| {
        format!(
            "  <assertionResult>\n    <name>a</name>\n    <failure>{failed}</failure>\n    <error>false</error>\n    <failureMessage>{message}</failureMessage>\n  </assertionResult>\n"
        )
    };
    let inner = format!(
        "  <httpSample t=\"1\" ts=\"1700000000000\" s=\"false\" lb=\"/a-0\" rc=\"302\" rm=\"Found\">\n{}  </httpSample>\n",
        assertion(true, "of the inner")
    );
    let text = xml(&format!(
        "<httpSample t=\"5\" ts=\"1700000000000\" s=\"false\" lb=\"/a\" rc=\"200\" rm=\"OK\">\n{}{inner}{}{}</httpSample>",
        assertion(false, "fine"),
        assertion(true, "text expected to contain &apos;x&apos;"),
        assertion(true, "the second"),
    ));
    let run = run_from(&text);
    assert_eq!(run.failures.len(), 1);
    assert_eq!(run.failures[0].message, "200 OK: text expected to contain 'x'");
    assert!(has_note(&run, "samples-within-samples"));
}

/// "Generate parent sample": samples in a transaction have no rows of their own, so the transaction counts; otherwise
/// the transaction is next to its samples and not in the total.
#[test]
fn transactions_in_xml() {
    let rm = "Number of samples in transaction : 2, number of failing samples : 1";
    let parent = format!(
        "<sample t=\"300\" ts=\"1700000000000\" s=\"false\" lb=\"buy\" rc=\"429\" rm=\"{rm}\" dt=\"\">\n  <httpSample t=\"100\" ts=\"1700000000000\" s=\"true\" lb=\"/a\" rc=\"200\" rm=\"OK\"/>\n  <httpSample t=\"200\" ts=\"1700000000100\" s=\"false\" lb=\"/b\" rc=\"429\" rm=\"Too Many Requests\"/>\n</sample>\n"
    );
    let plain = "<httpSample t=\"50\" ts=\"1700000001000\" s=\"true\" lb=\"/c\" rc=\"200\" rm=\"OK\"/>\n";
    let run = run_from(&xml(&format!("{parent}{plain}")));
    assert_eq!((names(&run), counts(total(&run))), (vec!["/c", "buy"], (Some(2), Some(1))));
    assert_eq!(run.failures[0].message, "429 Too Many Requests");
    let beside = format!("{plain}<sample t=\"60\" ts=\"1700000001000\" s=\"true\" lb=\"buy\" rm=\"{rm}\"/>\n");
    let run = run_from(&xml(&beside));
    assert_eq!((names(&run), counts(total(&run))), (vec!["/c", "buy"], (Some(1), Some(0))));
    assert!(has_note(&run, "transactions-listed"));
    // With nothing else, they are the run.
    let alone = format!("<sample t=\"60\" ts=\"1700000001000\" s=\"false\" lb=\"buy\" rc=\"500\" rm=\"{rm}\"/>");
    let run = run_from(&xml(&alone));
    assert_eq!((counts(total(&run)), run.started_ms), ((Some(1), Some(1)), Some(1_700_000_001_000)));
    assert_eq!((run.timeline.as_ref().map(|t| t.requests()), run.failures[0].count), (Some(1), 1));
    assert!(has_note(&run, "transactions-alone"));
}

/// For any end of the file: complete samples are read, with a note.
#[test]
fn xml_that_is_cut_anywhere() {
    let sample = |n: u64| {
        format!(
            "<httpSample t=\"{n}\" ts=\"170000000000{n}\" s=\"true\" lb=\"/a\">\n  <responseData class=\"x\">&lt;p&gt;{n}</responseData>\n</httpSample>\n"
        )
    };
    let text = xml(&(1..4).map(sample).collect::<String>());
    let first = text.find("lb=").unwrap() + 8;
    for end in first..text.len() - "</testResults>\n".len() {
        let run = run_from(&text[..end]);
        let begun = text[..end].matches("lb=\"/a\">").count() as u64;
        assert_eq!(total(&run).requests, Some(begun), "{}", &text[..end]);
        assert!(has_note(&run, "xml-ends-early") != has_note(&run, "cut-row"), "{}", &text[..end]);
    }
    assert!(matches!(error(&text[..first - 10]).problem(), Problem::NoUsableRow { .. } | Problem::HeaderOnly));
}

#[test]
fn xml_samples_that_cannot_be_read() {
    let good = "<sample t=\"5\" ts=\"1700000000000\" s=\"true\" lb=\"/a\"/>\n";
    for bad in [
        "<sample ts=\"1700000000000\" s=\"false\" lb=\"/a\"/>\n",
        "<sample t=\"soon\" ts=\"1700000000000\" s=\"false\" lb=\"/a\"/>\n",
        "<sample t=\"-5\" ts=\"1700000000000\" s=\"false\" lb=\"/a\"/>\n",
        "<sample t=\"5\" ts=\"1700000000000\" s=\"perhaps\" lb=\"/a\"/>\n",
        "<sample t=\"5\" ts=\"1700000000000\" s=\"false\" lb=\"/a\" \n",
    ] {
        let run = run_from(&xml(&[good, bad, good].concat()));
        assert_eq!((total(&run).requests, run.rows.rejected), (Some(2), 1), "{bad}");
        let told = run.notes.iter().find(|n| n.code() == "rows-rejected").unwrap();
        assert!(told.text().contains("line 4"), "{}", told.text());
        assert_eq!(has_note(&run, "failing-rows-lost"), bad.contains("s=\"false\""), "{bad}");
    }
    // A sample without an end loses only its own content.
    let open = "<httpSample t=\"5\" ts=\"1700000000000\" s=\"true\" lb=\"/b\">\n  <responseData>x\n";
    let run = run_from(&xml(&[good, open, good, good].concat()));
    assert_eq!(total(&run).requests, Some(4));
}

/// Skipped content is not buffered, at any length and in any chunks.
#[test]
fn responses_in_xml_are_skipped() {
    let mut reader = Reader::new("x", Options::default());
    reader.push(b"<?xml version=\"1.0\"?>\n<testResults version=\"1.2\">\n<sample t=\"5\" ts=\"1700000000000\" lb=\"/a\">\n<responseData>").unwrap();
    let piece = "&lt;p class=&quot;x&quot;&gt; no tag here \n".repeat(30_000);
    (0..40).for_each(|_| reader.push(piece.as_bytes()).unwrap());
    reader
        .push(b"</responseData>\n</sample>\n<sample t=\"7\" ts=\"1700000000000\" lb=\"/a\"/>\n</testResults>")
        .unwrap();
    let run = run_of(reader.finish().unwrap());
    assert_eq!((total(&run).requests, total(&run).latency.max_ms), (Some(2), Some(7.0)));
}

/// Nothing makes the reader slow: unclosed quotes and brackets, unlimited depth.
#[test]
fn hostile_xml_is_read_in_linear_time() {
    let started = std::time::Instant::now();
    let head = "<testResults version=\"1.2\">\n<sample t=\"5\" ts=\"1700000000000\" s=\"true\" lb=\"/a\"/>\n";
    for piece in [
        "<",
        "<sample t=\"",
        "<sample t=\">",
        ">",
        "\"",
        "<sample t=\"1\">",
        "<sample t=\"1\" lb=\">>>>>>>>>>>>>>>>>>>>>>>",
        "&",
        "=\"",
    ] {
        let text = head.to_owned() + &piece.repeat((3 << 20) / piece.len());
        let run = run_of(read("x", text.as_bytes()).unwrap());
        assert!(total(&run).requests >= Some(1), "{piece}");
        let mut reader = Reader::new("x", Options::default());
        text.as_bytes()[..200_000].chunks(1).for_each(|chunk| reader.push(chunk).unwrap());
        reader.finish().unwrap();
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

// ---- results as CSV

const HEADER: &str = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,grpThreads,allThreads";

/// "Generate parent sample", up to 4.0: transactions are the only rows, and determine total, start and timeline.
#[test]
fn transactions_without_samples_are_the_run() {
    let mut text = format!("{HEADER}\n");
    for i in 0..10 {
        let (code, success) = if i == 3 { (500, false) } else { (200, true) };
        let at = 1_700_000_000_000_i64 + i * 1000;
        writeln!(text, "{at},{},buy,{code},\"Number of samples in transaction : 2, number of failing samples : {}\",T 1,,{success},,100,1,3", 100 + i, u8::from(!success)).unwrap();
    }
    let run = run_from(&text);
    assert_eq!((names(&run), counts(total(&run))), (vec!["buy"], (Some(10), Some(1))));
    assert_eq!((run.started_ms, run.users), (Some(1_700_000_000_000), Some(3)));
    let timeline = run.timeline.as_ref().unwrap();
    assert_eq!((timeline.requests(), timeline.intervals.len()), (10, 10));
    assert!(timeline.intervals.iter().all(|i| i.users == Some(3) && i.sketch.is_some()));
    assert_eq!(timeline.successes().unwrap().requests(), 9);
    let causes: Vec<_> = run.failures.iter().map(|f| (f.message.as_str(), f.count)).collect();
    assert_eq!(causes, [("500 a sample in the transaction failed", 1)]);
    assert!(has_note(&run, "transactions-alone") && !has_note(&run, "transactions-listed"));
    assert!(quantile(total(&run), "95").is_some());
    // One sample next to them, and theirs still have no rows: they count.
    let text = text + "1700000005000,50,/a,200,OK,T 1,text,true,,100,1,3\n";
    let run = run_from(&text);
    assert_eq!((counts(total(&run)), run.failures.len()), ((Some(11), Some(1)), 1));
    assert_eq!(run.timeline.as_ref().unwrap().requests(), 11);
    assert!(!has_note(&run, "transactions-alone") && !has_note(&run, "transactions-listed"));
    assert!(has_note(&run, "transactions-counted"));
}

#[test]
fn renamed_columns() {
    for (header, words) in [
        (
            "timeStamp,responseTime,label,responseCode,threadName,success",
            "no column for elapsed; found timeStamp, responseTime, label, responseCode, threadName, success.",
        ),
        (
            "timeStamp;elapsed_ms;label;responseCode;success",
            "no column for elapsed; found timeStamp, elapsed_ms, label, responseCode, success.",
        ),
        (
            "when,elapsed,name,responseCode,threadName,success,bytes",
            "no column for label; found when, elapsed, name, responseCode, threadName, success, bytes.",
        ),
    ] {
        let error = error(&format!("{header}\n1700000000000,5,/a,200,T 1,true\n"));
        assert!(matches!(error.problem(), Problem::RenamedColumn { .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    // Not for tables of other tools.
    assert!(matches!(error("label,success,bytes,duration\n/a,true,5,5\n").problem(), Problem::Unrecognised { .. }));
}

// ---- Taurus

#[test]
fn taurus_counts_and_seconds() {
    let head = "label,avg_ct,avg_lt,avg_rt,bytes,concurrency,fail,stdev_rt,succ,throughput,perc_0.0,perc_50.0,perc_95.0,perc_100.0,rc_200,rc_500\n";
    let rows = |total: &str| {
        format!(
            "{head}/a,0.00100,0.01000,0.02500,1000,4,1,0.001,9,10,0.00100,0.02000,0.09000,0.25000,9,1\n{total},0.00100,0.01000,0.02500,1000,4,1,0.001,9,10,0.00100,0.02000,0.09000,0.25000,9,1\n"
        )
    };
    for total_label in ["", "ALL"] {
        let run = run_from(&rows(total_label));
        let all = total(&run);
        assert_eq!((names(&run), counts(all)), (vec!["/a"], (Some(10), Some(1))));
        assert_eq!((all.rate_per_s, all.latency.mean_ms), (None, Some(25.0)));
        assert_eq!((all.latency.min_ms, all.latency.max_ms), (Some(1.0), Some(250.0)));
        assert_eq!((quantile(all, "50"), quantile(all, "95"), run.users), (Some(20.0), Some(90.0), Some(4)));
        assert_eq!(all.mean_bytes, Some(100.0));
    }
}

/// AWS' Distributed Load Testing has additional elements around the groups; and cut files.
#[test]
fn taurus_in_aws_files() {
    let group = |label: &str| {
        format!(
            "  <Group label=\"{label}\">\n    <throughput value=\"10\"><name>throughput</name><value>10</value></throughput>\n    <fail value=\"1\"/><succ value=\"9\"/>\n    <avg_rt value=\"0.02500\"/>\n    <rc value=\"9\" param=\"200\"/>\n    <perc value=\"0.00100\" param=\"0.0\"/>\n    <perc value=\"0.09000\" param=\"95.0\"/>\n  </Group>\n"
        )
    };
    let text = format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<FinalStatus>\n  <TestDuration>12.5</TestDuration>\n{}{}  <TaskId>7</TaskId>\n  <TaskCPU>1</TaskCPU>\n</FinalStatus>\n",
        group(""),
        group("/a &amp; b")
    );
    let run = run_from(&text);
    assert_eq!((names(&run), counts(total(&run)), run.duration_s), (vec!["/a & b"], (Some(10), Some(1)), Some(12.5)));
    assert_eq!((total(&run).latency.mean_ms, quantile(total(&run), "95")), (Some(25.0), Some(90.0)));
    let run = run_from(&text[..text.find("</FinalStatus>").unwrap()]);
    assert!(has_note(&run, "xml-ends-early"));
    let run = run_from(&text[..text.find("/a &amp;").unwrap()]);
    assert_eq!(total(&run).requests, Some(10));
}

#[test]
fn notes_are_short() {
    for text in [MINUTES.to_owned(), xml("<sample t=\"1\"/>"), dashboard(TITLES_5_6, OVERALL, "")] {
        let run = run_from(&text);
        assert!(run.notes.len() <= 4, "{:?}", run.notes);
        assert!(run.notes.iter().all(|note| note.text().len() < 300 && note.code() != "rows-rejected"));
    }
}
