/** Reports of load tests, as each tool writes them. All are of 600 requests a second for 15 minutes and 10 seconds, with a 95th percentile of 84 ms. */

/** `k6 run --summary-export FILE`. */
export const k6SummaryExport = {
    root_group: { name: "", path: "", id: "d41d8cd98f00b204e9800998ecf8427e", groups: {}, checks: {} },
    metrics: {
        data_received: { count: 1_120_032_000, rate: 1_230_804.39 },
        data_sent: { count: 56_001_600, rate: 61_540.21 },
        http_req_blocked: { avg: 0.004, min: 0, med: 0.002, max: 31.2, "p(90)": 0.005, "p(95)": 0.007 },
        http_req_duration: { avg: 31.26, min: 1.2, med: 22.41, max: 911.03, "p(90)": 66.13, "p(95)": 84 },
        "http_req_duration{expected_response:true}": { avg: 31.25, min: 1.2, med: 22.4, max: 911.03, "p(90)": 66.12, "p(95)": 83.99 },
        http_req_failed: { passes: 54, fails: 545_946, thresholds: { "rate<0.001": false }, value: 0.0000989010989010989 },
        http_reqs: { count: 546_000, rate: 600 },
        iteration_duration: { avg: 31.4, min: 1.3, med: 22.6, max: 911.2, "p(90)": 66.3, "p(95)": 84.2 },
        iterations: { count: 546_000, rate: 600 },
        vus: { value: 40, min: 20, max: 40 },
        vus_max: { value: 40, min: 40, max: 40 },
    },
} as const;

/** `handleSummary`, with its data as JSON. */
export const k6HandleSummary = {
    root_group: { name: "", path: "", id: "d41d8cd98f00b204e9800998ecf8427e", groups: [], checks: [] },
    options: { summaryTrendStats: ["avg", "min", "med", "max", "p(90)", "p(95)"], summaryTimeUnit: "", noColor: false },
    state: { isStdOutTTY: false, isStdErrTTY: false, testRunDurationMs: 910_000 },
    metrics: {
        http_reqs: { type: "counter", contains: "default", values: { count: 546_000, rate: 600 } },
        http_req_failed: { type: "rate", contains: "default", values: { rate: 0.0000989010989010989, passes: 54, fails: 545_946 } },
        http_req_duration: { type: "trend", contains: "time", values: { avg: 31.26, min: 1.2, med: 22.41, max: 911.03, "p(90)": 66.13, "p(95)": 84 } },
    },
} as const;

/** `locust --csv load`: load_stats.csv. */
export const locustTable = `Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%
GET,/feed,400000,40,22,30.4,1.2,911.03,2051.4,439.56,0.0439,22,31,40,46,65,82,120,180,400,800,910
GET,"/search?q=a,b",146000,14,25,33.6,2.1,890.5,1911.0,160.44,0.0153,25,34,44,50,70,88,130,190,420,820,890
,Aggregated,546000,54,23,31.26,1.2,911.03,2013.9,600.0,0.0593,23,32,41,47,66,84,122,182,410,810,910
`;

/** `locust --json`. */
export const locustJson = [
    {
        name: "/feed",
        method: "GET",
        last_request_timestamp: 1_772_956_910,
        start_time: 1_772_956_000,
        num_requests: 400_000,
        num_none_requests: 0,
        num_failures: 40,
        total_response_time: 12_160_000,
        max_response_time: 911.03,
        min_response_time: 1.2,
        total_content_length: 820_560_000,
        response_times: { "23": 360_000, "84": 39_000, "410": 1_000 },
        num_reqs_per_sec: { "1772956000": 440 },
        num_fail_per_sec: {},
    },
    {
        name: "/search",
        method: "GET",
        last_request_timestamp: 1_772_956_909.5,
        start_time: 1_772_956_000,
        num_requests: 146_000,
        num_none_requests: 0,
        num_failures: 14,
        total_response_time: 4_905_600,
        max_response_time: 890.5,
        min_response_time: 2.1,
        total_content_length: 279_006_000,
        response_times: { "25": 130_000, "84": 15_000, "420": 1_000 },
        num_reqs_per_sec: { "1772956000": 160 },
        num_fail_per_sec: {},
    },
] as const;

/** `statistics.json` of JMeter's dashboard. */
export const jmeterStatistics = {
    "GET /feed": {
        transaction: "GET /feed",
        sampleCount: 546_000,
        errorCount: 54,
        errorPct: 0.00989011,
        meanResTime: 31.26,
        medianResTime: 23,
        minResTime: 1,
        maxResTime: 911,
        pct1ResTime: 66,
        pct2ResTime: 84,
        pct3ResTime: 182,
        throughput: 600,
        receivedKBytesPerSec: 1_201.9,
        sentKBytesPerSec: 60.1,
    },
    Total: {
        transaction: "Total",
        sampleCount: 546_000,
        errorCount: 54,
        errorPct: 0.00989011,
        meanResTime: 31.26,
        medianResTime: 23,
        minResTime: 1,
        maxResTime: 911,
        pct1ResTime: 66,
        pct2ResTime: 84,
        pct3ResTime: 182,
        throughput: 600,
        receivedKBytesPerSec: 1_201.9,
        sentKBytesPerSec: 60.1,
    },
} as const;

const samples = 9_100;
/** A JTL as CSV, of one request in sixty. */
export const jmeterLog = [
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect",
    ...Array.from({ length: samples }, (_, index) => {
        const [at, elapsed] = [1_772_956_000_000 + index * 100, index % 20 === 7 ? 410 : 84];
        return index === 5
            ? `${String(at)},${String(elapsed)},GET /feed,503,"Service Unavailable, ""later""",Users 1-1,text,false,"Test failed: code expected to equal, was 503",180,120,40,40,https://shop.example.com/feed,80,0,1`
            : `${String(at)},${String(elapsed)},GET /feed,200,OK,Users 1-1,text,true,,2013,120,40,40,https://shop.example.com/feed,80,0,1`;
    }),
].join("\n");

/** What wrk2 prints: `wrk -t4 -c100 -d910s -R600 --latency https://shop.example.com/feed`. */
export const wrk2 = `Running 15m test @ https://shop.example.com/feed
  4 threads and 100 connections
  Thread calibration: mean lat.: 31.202ms, rate sampling interval: 100ms
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    31.26ms   26.11ms 911.03ms   88.59%
    Req/Sec   150.11     12.65   204.00     72.73%
  Latency Distribution (HdrHistogram - Recorded Latency)
 50.000%   23.01ms
 75.000%   41.09ms
 90.000%   66.02ms
 99.000%  182.14ms
 99.900%  410.37ms
 99.990%  810.49ms
 99.999%  910.68ms
100.000%  911.36ms

  Detailed Percentile spectrum:
       Value   Percentile   TotalCount 1/(1-Percentile)

       1.207     0.000000            1         1.00
      23.007     0.500000       270012         2.00
      41.087     0.750000       405017         4.00
      66.015     0.900000       486002        10.00
      79.999     0.937500       506250        16.00
      82.111     0.943750       509625        17.78
      84.000     0.950000       513001        20.00
      88.063     0.956250       516375        22.86
     911.359     1.000000       540001          inf
#[Mean    =       31.260, StdDeviation   =       26.110]
#[Max     =      911.030, Total count    =       540001]
#[Buckets =           27, SubBuckets     =         2048]
----------------------------------------------------------
  546000 requests in 15.17m, 1.04GB read
  Socket errors: connect 0, read 3, write 0, timeout 1
  Non-2xx or 3xx responses: 50
Requests/sec:    600.00
Transfer/sec:      1.17MB
`;
