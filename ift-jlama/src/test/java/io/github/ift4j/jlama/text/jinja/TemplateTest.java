package io.github.ift4j.jlama.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TemplateTest {
    /** Small, so that templates that run into them do so at once. */
    private static final Limits SMALL = new Limits(1 << 20, 400, 400_000, 4_000_000);

    private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 2, 3, 4, 5);

    @Test
    void aFailureNamesItsLine() {
        assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> render("a\n{% if true %}\n  {{ 1 + none }}\n{% endif %}"))
                .withMessageStartingWith("line 3 of the chat template: ")
                .satisfies(e -> assertThat(e.line()).isEqualTo(3));
    }

    @Test
    void aSyntaxErrorNamesItsLine() {
        assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> Template.parse("a\n\n{% for x %}{% endfor %}"))
                .withMessage("line 3 of the chat template: expected 'in', got '%}'");
    }

    @Test
    void aRefusalKeepsTheTemplatesOwnWords() {
        assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> render("{{ raise_exception('roles must alternate') }}"))
                .satisfies(e -> assertThat(e.reason()).isEqualTo("roles must alternate"));
    }

    @Test
    void generationBlocksAreFoundInTheText() {
        Rendering rendering = Template.parse("{% for m in m %}<{% generation %}{{ m }}{% endgeneration %}>{% endfor %}")
                .render(Map.of("m", List.of("ab", "ü😀")), () -> NOW);
        assertThat(rendering.text()).isEqualTo("<ab><ü😀>");
        assertThat(rendering.generations()).containsExactly(new TextSpan(1, 3), new TextSpan(5, 8));
    }

    @Test
    void aGenerationBlockWhoseTextIsCapturedHasNoPlace() {
        Rendering rendering = Template.parse("{% set x %}{% generation %}a{% endgeneration %}{% endset %}{{ x }}")
                .render(Map.of(), () -> NOW);
        assertThat(rendering.text()).isEqualTo("a");
        assertThat(rendering.generations()).isEmpty();
    }

    @Test
    void aTemplateCannotChangeWhatItIsGiven() {
        List<Object> list = Arrays.asList(1, 2);
        for (String change : List.of("append(3)", "pop()", "clear()", "insert(0, 1)", "sort()", "reverse()")) {
            assertThatThrownBy(() -> render("{{ list." + change + " }}", Map.of("list", list)))
                    .isInstanceOf(TemplateException.class)
                    .hasMessageContaining("unsafe");
        }
        assertThat(list).containsExactly(1, 2);
    }

    @Test
    void aTemplateReachesNothingOfTheHost() {
        for (String probe : List.of(
                "''.getClass()",
                "''.class.forName('x')",
                "''.__class__.__mro__",
                "[].__class__()",
                "messages.stream()",
                "cycler.__init__.__globals__",
                "''|attr('getClass')()",
                "'{0.class.name}'.format('')|length / 0")) {
            assertThatThrownBy(() -> render("{{ " + probe + " }}", Map.of("messages", List.of())))
                    .as(probe)
                    .isInstanceOf(TemplateException.class);
        }
    }

    @Test
    void aValueThatIsNoJsonIsRefused() {
        assertThatThrownBy(() -> render("{{ x }}", Map.of("x", new Object())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("java.lang.Object");
    }

    @Test
    void aLoopThatNeverEndsIsStopped() {
        assertStopped("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}", "steps");
    }

    @Test
    void aStringThatDoublesIsStopped() {
        assertStopped(
                "{% set ns = namespace(s='aaaaaaaa') %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor"
                        + " %}",
                "chars");
        assertStopped("{{ 'a' * 10**12 }}", "chars");
        assertStopped("{{ 'aaaa'.replace('a', 'b' * 1000000 ) * 100 }}", "chars");
        assertStopped("{{ '%999999999d' % 1 }}{{ 'a'.center(10**15) }}", "chars");
        assertStopped("{{ 'a'.ljust(10**18) }}", "chars");
        assertStopped("{{ '\t'.expandtabs(10**15) }}", "chars");
        assertStopped("{{ 'x'|indent(2*10**9) }}", "chars");
        assertStopped("{{ ('a\n' * 100000)|indent(100000) }}", "chars");
    }

    @Test
    void aListThatDoublesIsStopped() {
        assertStopped(
                "{% set ns = namespace(l=[1]) %}{% for i in range(100) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
                "steps");
        assertStopped("{{ [1] * 10**12 }}", "steps");
        assertStopped("{{ [1]|batch(10**12, 0)|list }}", "steps");
        assertStopped("{{ [1]|slice(10**12)|list }}", "steps");
    }

    @Test
    void aListThatHoldsItselfManyTimesIsPrintedOnlyUpToTheLimit() {
        String grow =
                "{% set ns = namespace(l=['x']) %}{% for i in range(40) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}";
        assertStopped(grow + "{{ ns.l }}", "");
        assertStopped(grow + "{{ ns.l|tojson }}", "");
        assertStopped(grow + "{% set a = ns.l %}" + grow + "{{ a == ns.l }}", "steps");
    }

    @Test
    void searchesThatTakeQuadraticTimeAreStopped() {
        assertStopped("{% set a = 'a' * 400000 %}{{ (a ~ 'b') in (a ~ a) }}", "steps");
    }

    @Test
    void aMacroThatCallsItselfForeverIsStopped() {
        assertStopped("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "levels");
        assertStopped("{% for i in [[]] recursive %}{{ loop([[]]) }}{% endfor %}", "levels");
    }

    @Test
    void nestingOfAnyKindIsBounded() {
        assertStopped("{{ " + "(".repeat(5000) + "1" + ")".repeat(5000) + " }}", "levels");
        assertStopped("{{ " + "[".repeat(5000) + "1" + "]".repeat(5000) + " }}", "levels");
        assertStopped("{{ " + "not ".repeat(5000) + "1 }}", "levels");
        assertStopped("{{ " + "-".repeat(5000) + "1 }}", "levels");
        assertStopped("{{ 1" + "|abs".repeat(5000) + " }}", "levels");
        assertStopped("{{ a" + ".a".repeat(5000) + " }}", "levels");
        assertStopped("{{ a" + " if a else a".repeat(5000) + " }}", "levels");
        assertStopped("{% if a %}".repeat(5000) + "{% endif %}".repeat(5000), "levels");
        assertStopped(
                "{% set ns = namespace(l=[]) %}{% for i in range(1000) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}",
                "levels");
    }

    @Test
    void whatModelsNeedIsFarFromTheLimits() {
        String template = "{% macro m(n) %}{% if n > 0 %}{% for i in [1] %}{{ m(n - 1) + '.' }}{% endfor %}{% endif %}"
                + "{% endmacro %}{{ m(40) }}";
        assertThat(render(template)).hasSize(40);
        assertThat(render("{{ " + "(".repeat(100) + "1" + ")".repeat(100) + " }}"))
                .isEqualTo("1");
    }

    @Test
    void aLongSumIsNoDeepNesting() {
        assertThat(render("{{ 0" + " + 1".repeat(3000) + " }}")).isEqualTo("3000");
    }

    @Test
    void aTemplateThatIsTooLongIsRefused() {
        assertThatThrownBy(() -> Template.parse("x".repeat(Limits.DEFAULT.templateChars() + 1)))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("longer than");
    }

    @Test
    void limitsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new Limits(0, 1, 1, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("templateChars");
    }

    private static void assertStopped(String template, String by) {
        assertThatThrownBy(() -> Template.parse(template, SMALL).render(Map.of(), () -> NOW))
                .as(template.length() > 200 ? template.substring(0, 200) : template)
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining(by);
    }

    private static String render(String template) {
        return render(template, Map.of());
    }

    private static String render(String template, Map<String, ?> variables) {
        return Template.parse(template).render(variables, () -> NOW).text();
    }
}
