package io.sluice.perf;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The results as one picture in one file that needs nothing else. */
final class HtmlReport {
    private static final int WIDTH = 860;
    private static final int LEFT = 120;
    private static final int RIGHT = 150;
    private static final int BAR = 18;
    private static final int GAP = 22;
    private static final int TOP = 34;

    private static final String STYLE =
            """
            :root { --ink: #1c2430; --soft: #5c6675; --line: #d8dde4; --back: #ffffff;
                    --bar0: #9aa5b4; --bar1: #d98f3d; --bar2: #1f6fb2; }
            @media (prefers-color-scheme: dark) {
              :root { --ink: #e6eaf0; --soft: #9aa5b4; --line: #39424f; --back: #161b22;
                      --bar0: #6b7686; --bar1: #d98f3d; --bar2: #4fa3e3; } }
            body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back);
                   max-width: 900px; margin: 2rem auto; padding: 0 1rem; }
            svg { width: 100%; height: auto; } svg text { font-size: 13px; fill: var(--ink); }
            svg .soft { fill: var(--soft); } svg .grid { stroke: var(--line); }
            svg .range { stroke: var(--ink); stroke-width: 1.5; }
            .peer0 { fill: var(--bar0); } .peer1 { fill: var(--bar1); } .peer2 { fill: var(--bar2); }
            pre { overflow-x: auto; font-size: 13px; }
            table { border-collapse: collapse; font-size: 13px; }
            th { text-align: left; font-weight: 500; color: var(--soft); padding: 1px 1rem 1px 0; }
            """;

    private static final List<String> COLORS = List.of(Testpmd.NAME, OpenVswitch.NAME, Sluice.NAME);

    private HtmlReport() {}

    static String of(
            Results results, NewConnectionResults fresh, Machine machine, List<String> proof) {
        StringBuilder page = new StringBuilder(8192);
        page.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n")
                .append("<title>Sluice: packets per second</title>\n<style>\n")
                .append(STYLE)
                .append("</style></head><body>\n<h1>Packets per second on one core</h1>\n")
                .append(
                        "<p>Connection tracking and destination NAT of 60-byte UDP frames, in"
                                + " millions")
                .append(
                        " of packets per second; testpmd only swaps headers and is the limit. Bars"
                                + " are")
                .append(" medians, lines reach from the lowest to the highest round.</p>\n");
        picture(page, results);
        page.append("<pre>").append(escape(String.join("\n", TextTable.of(results))));
        page.append("</pre>\n");
        if (!fresh.table().isEmpty()) {
            page.append("<h2>New connections, millions a second</h2>\n<pre>")
                    .append(escape(String.join("\n", fresh.table())))
                    .append("</pre>\n");
        }
        list(page, "Proof", proof);
        list(page, "Notes", results.notes());
        page.append("<h2>Machine</h2>\n<table>\n");
        for (Map.Entry<String, String> fact : machine.facts().entrySet()) {
            page.append("<tr><th>").append(escape(fact.getKey())).append("</th><td>");
            page.append(escape(fact.getValue())).append("</td></tr>\n");
        }
        return page.append("</table>\n</body></html>\n").toString();
    }

    private static void picture(StringBuilder page, Results results) {
        int group = results.peers().size() * BAR + GAP;
        int height = TOP + results.workloads().size() * group + 10;
        double most = 1;
        for (Workload workload : results.workloads()) {
            for (String peer : results.peers()) {
                most =
                        Math.max(
                                most,
                                results.mpps(peer, workload).map(Statistics::max).orElse(0.0));
            }
        }
        double scale = (WIDTH - LEFT - RIGHT) / most;
        page.append(
                String.format(
                        Locale.ROOT, "<svg viewBox=\"0 0 %d %d\" role=\"img\">\n", WIDTH, height));
        for (int mpps = 0; mpps <= most; mpps += 10) {
            double x = LEFT + mpps * scale;
            page.append(
                    String.format(
                            Locale.ROOT,
                            "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>",
                            x,
                            x,
                            TOP,
                            height));
            page.append(
                    String.format(
                            Locale.ROOT,
                            "<text class=\"soft\" x=\"%.1f\" y=\"%d\">%d</text>\n",
                            x - 6,
                            TOP - 8,
                            mpps));
        }
        int y = TOP + GAP / 2;
        for (Workload workload : results.workloads()) {
            int middle = y + results.peers().size() * BAR / 2 + 5;
            page.append(
                    String.format(
                            Locale.ROOT,
                            "<text x=\"0\" y=\"%d\">%s</text>\n",
                            middle,
                            escape(workload.label())));
            for (int peer = 0; peer < results.peers().size(); peer++) {
                bar(page, results, workload, peer, y + peer * BAR, scale);
            }
            y += group;
        }
        page.append("</svg>\n");
    }

    private static void bar(
            StringBuilder page, Results results, Workload workload, int peer, int y, double scale) {
        String name = results.peers().get(peer);
        int text = y + BAR - 5;
        if (results.mpps(name, workload).isEmpty()) {
            page.append(
                    String.format(
                            Locale.ROOT,
                            "<text class=\"soft\" x=\"%d\" y=\"%d\">%s: not measured</text>\n",
                            LEFT + 4,
                            text,
                            escape(name)));
            return;
        }
        Statistics mpps = results.mpps(name, workload).get();
        double width = mpps.median() * scale;
        int middle = y + BAR / 2 - 1;
        page.append(
                String.format(
                        Locale.ROOT,
                        "<rect class=\"peer%d\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>",
                        COLORS.indexOf(name),
                        LEFT,
                        y,
                        width,
                        BAR - 3));
        page.append(
                String.format(
                        Locale.ROOT,
                        "<line class=\"range\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>",
                        LEFT + mpps.min() * scale,
                        LEFT + mpps.max() * scale,
                        middle,
                        middle));
        page.append(
                String.format(
                        Locale.ROOT,
                        "<text x=\"%.1f\" y=\"%d\">%s %.1f</text>\n",
                        LEFT + Math.max(width, mpps.max() * scale) + 6,
                        text,
                        escape(name),
                        mpps.median()));
    }

    private static void list(StringBuilder page, String title, List<String> lines) {
        if (lines.isEmpty()) {
            return;
        }
        page.append("<h2>").append(title).append("</h2>\n<ul>\n");
        lines.forEach(line -> page.append("<li>").append(escape(line)).append("</li>\n"));
        page.append("</ul>\n");
    }

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
