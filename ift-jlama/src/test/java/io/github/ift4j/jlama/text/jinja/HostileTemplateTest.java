package io.github.ift4j.jlama.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates made to exhaust time or memory, under the limits that users have. */
class HostileTemplateTest {
    /** The slowest of them takes two seconds on one core; the rest is for machines that are slower or busy. */
    private static final double SECONDS = 30;

    /**
     * What is allocated altogether, dropped values included: all chars that the limits allow at two bytes each, four times over
     * for builders that grow and for copies, and a hundred bytes for each step, a small object or two.
     */
    private static final long BYTES = 4 * 2 * Limits.DEFAULT.chars() + 100 * Limits.DEFAULT.steps();

    private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 2, 3, 4, 5);

    private static final String FOREVER =
            "{%% for i in range(100000) %%}{%% for j in range(100000) %%}%s{%% endfor %%}{%% endfor %%}";

    /** A string of ten million chars twice, a list, a dict twice and a namespace. */
    private static final String SET_UP = "{% set s = 'A' * 10000000 %}{% set t = 'A' * 10000000 %}"
            + "{% set l = range(50000)|list %}{% set ns = namespace(s='a', d=[]) %}{% set d = dict(p) %}"
            + "{% set e = dict(p) %}";

    /** What is cheap for a short value is done forever to a long one. */
    static Stream<String> endless() {
        return Stream.of(
                "",
                "{{ i }}",
                "{% set x = s|length %}",
                "{% if s == t %}{% endif %}",
                "{% if s != t %}{% endif %}",
                "{% if s < t %}{% endif %}",
                "{% if s in [t] %}{% endif %}",
                "{% if s is upper %}{% endif %}",
                "{% if s is lower %}{% endif %}",
                "{% if s is sameas(t) %}{% endif %}",
                "{% if s is eq(t) %}{% endif %}",
                "{% if s in {t: 1} %}{% endif %}",
                "{% set x = {s: 1}[t] %}",
                "{% set x = s[-1] %}",
                "{% set x = s[9999999] %}",
                "{% set x = s|int %}",
                "{% set x = s|float %}",
                "{% set x = s|truncate(5) %}",
                "{% set x = s|wordcount %}",
                "{% set x = s|first %}",
                "{% set x = s.isdigit() %}",
                "{% set x = s.startswith(t) %}",
                "{% set x = s.endswith(t) %}",
                "{% set x = s.find('b') %}",
                "{% set x = s.count('b') %}",
                "{% set x = s.splitlines() %}",
                "{% set x = s.removeprefix('b') %}",
                "{% set x = s.strip('b') %}",
                "{% set x = s.zfill(3) %}",
                "{% set x = s.expandtabs(3) %}",
                "{% set x = s.format() %}",
                "{% set x = s % () %}",
                "{% set x = s|attr('x') %}",
                "{% set x = {}|attr(s) %}",
                "{% set x = dict(**d) %}",
                "{% set x = d.items() %}",
                "{% if d == e %}{% endif %}",
                "{% set x = l|sum %}",
                "{% set x = l|sort %}",
                "{% set x = l[::2] %}",
                "{% set x = l + l %}",
                "{% set x = l.index(7) %}",
                "{% set x = '%.900f' % 1e300 %}",
                "{% set x = '%1000000d' % 1 %}",
                "{% set ns.d = {'a': ns.d} %}",
                "{% set ns.d = [ns.d, ns.d] %}",
                "{% set ns.s = ns.s ~ ns.s %}",
                "{% set x = strftime_now(s) %}",
                "{% set x = namespace(a=1) %}",
                "{% set x = cycler(*l) %}",
                "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(i) }}");
    }

    /** One expression that would build or search much. */
    static Stream<String> large() {
        return Stream.of(
                "{{ s|sort }}",
                "{{ ([s] * 10000)|sort }}",
                "{{ ([s] * 10000)|min }}",
                "{{ ([s] * 10000)|unique|list }}",
                "{{ ([s] * 10000)|join }}",
                "{{ ([s] * 10000)|tojson }}",
                "{{ ([s] * 10000)|string }}",
                "{{ (s * 6).split('A') }}",
                "{{ (s * 5).rsplit('A') }}",
                "{{ ('a ' * 30000000).split() }}",
                "{{ ('\n' * 60000000).splitlines() }}",
                "{{ ('\n' * 60000000)|indent }}",
                "{{ ('&' * 60000000)|escape }}",
                "{{ ('é' * 30000000)|urlencode }}",
                "{{ ('é' * 60000000)|tojson(ensure_ascii=true) }}",
                "{{ ('\\x01' * 60000000)|tojson }}",
                "{{ ['\\x01' * 60000000] }}",
                "{{ l|tojson(separators=(s, ':')) }}",
                "{{ d|tojson(separators=(',', s)) }}",
                "{{ l|tojson(indent=s) }}",
                "{{ [1]|map(attribute='.' * 60000000)|list }}",
                "{{ [1]|sort(attribute=',' * 60000000)|list }}",
                "{{ ('%' ~ '-' * 10000000 ~ 'd') % 1 }}",
                "{{ ('{' * 10000000).format(1) }}",
                "{{ ('{0:' ~ '9' * 10000000 ~ '}').format(1) }}",
                "{{ ('{0' ~ '.a' * 10000000 ~ '}').format(1) }}",
                "{{ ('1_' * 10000000)|int }}",
                "{{ ('1_' * 10000000)|float }}",
                "{{ 'a'.center(10**18) }}{{ '%*d' % (10**18, 1) }}",
                "{{ ''.ljust(4611686018494496768, '\uD83D\uDE00') }}",
                "{{ range(10**9) }}",
                "{{ range(10**9)|list }}",
                "{{ 10 ** 10 ** 10 }}",
                "{{ 9 ** 999999999 }}",
                "{{ -9223372036854775807 - 2 }}",
                "{{ s.replace('', t) }}",
                "{{ s.join(s) }}",
                "{{ raise_exception(s * 7) }}",
                "{% macro m(a) %}{{ m(a + a) }}{% endmacro %}{{ m('a') }}",
                "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
                "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{% call m() %}{{ s * 9 }}{% endcall %}{%"
                        + " endcall %}",
                "{% for a in [1] recursive %}{{ loop([1, 1]) }}{% endfor %}",
                "{% set ns.d = ns %}{{ ns }}",
                "{% set ns.d = [ns] %}{{ ns.d }}",
                "{% set ns.d = [ns] %}{{ ns.d|tojson }}",
                "{% set ns.d = {'a': ns} %}{{ ns.d == ns.d }}{{ ns }}");
    }

    @ParameterizedTest
    @MethodSource("endless")
    void aTemplateThatWouldTakeForeverIsStoppedInBoundedTimeAndMemory(String body) {
        assertStopped(SET_UP + FOREVER.formatted(body));
    }

    @ParameterizedTest
    @MethodSource("large")
    void anExpressionRendersOrIsStoppedInBoundedTimeAndMemory(String expression) {
        assertBounded(SET_UP + expression);
    }

    /** The bound on memory would notice: what these two build is not bounded by what they cost. */
    @Test
    void withoutLimitsWorthTheNameTheBoundsAreBroken() {
        Limits wide = new Limits(1 << 20, 400, 1_000_000_000, 8_000_000_000L);
        Budgeted ran = run("{% for i in range(300) %}{% set x = ('a' * 5000000)|upper %}{% endfor %}", wide);
        assertThat(ran.failure()).isNull();
        assertThat(ran.bytes()).isGreaterThan(BYTES);
    }

    /** The source itself is hostile: as long as it may be, and of one construct only. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ ",
                "{% ",
                "{# ",
                "{{ a }",
                "{{ (",
                "{{ [",
                "{{ {",
                "{{ {1:",
                "{{ not ",
                "{{ -",
                "{{ - -",
                "{{ a.",
                "{{ a|",
                "{{ a is ",
                "{{ a if ",
                "{{ a if a else ",
                "{{ a and ",
                "{{ a or ",
                "{{ a ~ ",
                "{{ a + ",
                "{{ a ** ",
                "{{ a < ",
                "{{ a[",
                "{{ a(",
                "{{ 'a' ",
                "{{ '",
                "{% if a %}",
                "{% for a in a %}",
                "{% macro m() %}",
                "{% set a %}",
                "{% call a() %}",
                "{% filter a %}",
                "{% with %}",
                "{% raw %}",
                "{% generation %}",
                "{% elif a %}",
                "{% if a %}{% elif a ",
                "{%- ",
                "{%      ",
                "{{ a, ",
                "{% for a, ",
                "{% set a, ",
                "{{ 1",
                "{{ a.0",
                "{% raw %}{% ",
                "{# {# ",
                "{% raw %}{%         "
            })
    void aSourceOfOneConstructIsRefusedInBoundedTimeAndMemory(String construct) {
        assertStopped(construct.repeat(Limits.DEFAULT.templateChars() / construct.length()));
        int first = construct.indexOf(' ');
        if (first > 0) {
            String rest = construct.substring(first);
            assertStopped(
                    construct + rest.repeat((Limits.DEFAULT.templateChars() - construct.length()) / rest.length()));
        }
    }

    /** Long, but no deeper than templates are: expressions in a row are no attack. */
    @Test
    void longExpressionsThatDoNotNestAreRendered() {
        Budgeted ran = run("{{ 0" + " + 1".repeat(100_000) + " }}{{ [" + "1,".repeat(100_000) + "]|length }}");
        assertThat(ran.failure()).isNull();
        assertThat(ran.seconds()).isLessThan(SECONDS);
    }

    /** A conversation of a million chars takes a small part of what is allowed. */
    @Test
    void longConversationsAreFarFromTheLimits() {
        String template =
                "{% set ns = namespace(out='') %}{% for m in messages %}{% if m.role == 'user' and m.content is string"
                    + " %}{% set ns.out = ns.out + '<|user|>' + m.content.strip().split('</think>')[-1] %}{% else %}{%"
                    + " set ns.out = ns.out + m.content|trim|replace('x', 'y') %}{% endif %}{% endfor %}{{ ns.out }}";
        List<Map<String, Object>> messages = Stream.generate(() -> Stream.of("user", "assistant"))
                .limit(20)
                .flatMap(roles -> roles)
                .map(role -> Map.<String, Object>of("role", role, "content", "word ".repeat(5_000)))
                .toList();
        assertThat(Template.parse(template)
                        .render(Map.of("messages", messages), () -> NOW)
                        .text())
                .hasSizeGreaterThan(990_000);
    }

    @Test
    void theSmallestIntegerCanBeFormatted() {
        assertThat(Template.parse("{{ '%d' % (-9223372036854775807 - 1) }}")
                        .render(Map.of(), () -> NOW)
                        .text())
                .isEqualTo("-9223372036854775808");
    }

    private record Budgeted(Throwable failure, double seconds, long bytes) {}

    private static Budgeted run(String template) {
        return run(template, Limits.DEFAULT);
    }

    private static Budgeted run(String template, Limits limits) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().threadId();
        Map<String, Object> pairs = IntStream.range(0, 20_000).boxed().collect(Collectors.toMap(i -> "k" + i, i -> i));
        long allocated = threads.getThreadAllocatedBytes(self);
        long start = System.nanoTime();
        Throwable failure =
                catchThrowable(() -> Template.parse(template, limits).render(Map.of("p", pairs), () -> NOW));
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Budgeted(failure, seconds, threads.getThreadAllocatedBytes(self) - allocated);
    }

    private static void assertStopped(String template) {
        assertThat(assertBounded(template)).as(shown(template)).isNotNull();
    }

    /** The failure, null when the template renders. */
    private static Throwable assertBounded(String template) {
        Budgeted ran = run(template);
        if (ran.failure() != null) {
            assertThat(ran.failure()).as(shown(template)).isInstanceOf(TemplateException.class);
        }
        assertThat(ran.seconds()).as(shown(template)).isLessThan(SECONDS);
        assertThat(ran.bytes()).as(shown(template)).isLessThan(BYTES);
        return ran.failure();
    }

    private static String shown(String template) {
        return template.length() > 400 ? template.substring(0, 400) : template;
    }
}
