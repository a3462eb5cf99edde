package io.github.ift4j.jlama.generation.guided;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a careless writer writes is an instance of the schema, as another library judges. */
@Timeout(120)
class JsonSchemaTest {
    static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    /** What is wrong with an instance, empty when nothing is. */
    static List<String> errors(String schema, String instance) throws Exception {
        Schema judge = SCHEMAS.getSchema(schema);
        JsonNode value = JSON.readTree(instance);
        List<Error> errors = judge.validate(
                value, context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
        return errors.stream().map(Error::toString).toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'string'}",
                "{'type':'string','minLength':3,'maxLength':5}",
                "{'type':'string','minLength':2}",
                "{'type':'string','maxLength':300}",
                "{'type':'string','pattern':'^[a-z!]{2,3}\\\\d$'}",
                "{'type':'string','pattern':'b','maxLength':4}",
                "{'type':'string','pattern':'^\\\\w','format':'date'}",
                "{'type':'string','format':'date'}",
                "{'type':'string','format':'time'}",
                "{'type':'string','format':'date-time'}",
                "{'type':'string','format':'uuid'}",
                "{'type':'string','format':'email'}",
                "{'type':'string','format':'ipv4'}",
                "{'type':'string','format':'hostname'}",
                "{'type':'string','format':'uri'}",
                "{'type':'integer'}",
                "{'type':'integer','minimum':-3,'maximum':12}",
                "{'type':'integer','exclusiveMinimum':99,'exclusiveMaximum':1001}",
                "{'type':'integer','minimum':123456789012345678901}",
                "{'type':'integer','maximum':-1}",
                "{'type':'integer','minimum':0}",
                "{'type':'integer','exclusiveMaximum':0,'multipleOf':7}",
                "{'type':'integer','format':'int32'}",
                "{'type':'integer','minimum':2.5,'maximum':3.5}",
                "{'type':'number'}",
                "{'type':'number','minimum':-1.25,'exclusiveMaximum':3.5}",
                "{'type':'number','exclusiveMinimum':0,'maximum':0.001}",
                "{'type':'number','minimum':99.95,'maximum':100.05}",
                "{'type':'number','multipleOf':0.01,'minimum':5}",
                "{'type':'number','multipleOf':5}",
                "{'type':'boolean'}",
                "{'type':'null'}",
                "{'type':['string','null']}",
                "{'enum':['a','b\\n',1,null,{'x':[1,2]}]}",
                "{'const':'é\\u0001'}",
                "{'type':'string','enum':['a',1]}",
                "{}",
                "true",
                "{'type':'object'}",
                "{'type':'array'}",
                "{'type':'array','items':{'type':'boolean'},'minItems':2,'maxItems':4}",
                "{'type':'array','items':{'type':'array','items':{'type':'array','maxItems':1}}}",
                "{'type':'array','prefixItems':[{'type':'null'},{'type':'boolean'}],'items':false}",
                "{'type':'array','prefixItems':[{'type':'null'},{'type':'boolean'}],'minItems':2,'items':{'const':1}}",
                "{'type':'array','maxItems':1,'uniqueItems':true}",
                "{'type':'array','maxItems':0}",
                "{'type':'object','properties':{'a':{'type':'null'},'b':{'type':'boolean'},'c':{'const':1}},'required':['b']}",
                "{'type':'object','properties':{'a':{'type':'null'}},'additionalProperties':{'type':'boolean'}}",
                "{'type':'object','additionalProperties':{'type':'integer'},'maxProperties':2}",
                "{'type':'object','required':['x'],'properties':{'y':false}}",
                "{'properties':{'a':{'type':'null'}},'required':['a'],'additionalProperties':false}",
                "{'anyOf':[{'type':'null'},{'type':'array','items':{'const':0}}]}",
                "{'oneOf':[{'type':'null'},{'type':'string'},{'const':3}]}",
                "{'oneOf':[{'type':'object','properties':{'k':{'const':'a'},'v':{'type':'null'}},'required':['k']},"
                        + "{'type':'object','properties':{'k':{'const':'b'}},'required':['k']}]}",
                "{'type':'object','properties':{'a':{'type':'null'},'b':{'type':'null'}},"
                        + "'anyOf':[{'required':['a']},{'required':['b']}]}",
                "{'allOf':[{'type':'number','minimum':3},{'type':'integer','maximum':5},{'minimum':4}]}",
                "{'allOf':[{'type':'object','properties':{'a':{'type':'string'}}},"
                        + "{'properties':{'a':{'maxLength':2},'b':{'const':1}},'required':['a','b']}]}",
                "{'$ref':'#/$defs/a','$defs':{'a':{'type':'array','items':{'$ref':'#/$defs/a'}}}}",
                "{'$ref':'#/$defs/a~1b','$defs':{'a/b':{'const':1}}}",
                "{'type':'object','properties':{'next':{'anyOf':[{'$ref':'#'},{'type':'null'}]}},'required':['next']}",
                "{'$defs':{'a':{'type':'object'}},'$ref':'#/$defs/a','properties':{'b':{'type':'null'}},'required':['b']}"
            })
    void everyBudgetFromTheLeastOnGivesAnInstance(String quoted) throws Exception {
        String schema = quoted.replace('\'', '"');
        Guide guide = Guide.of(Grammar.jsonSchema(schema), RandomWriter.VOCABULARY);
        for (int more = 0; more <= 20; more++) {
            String instance = new RandomWriter(more).write(guide, guide.minTokens() + more);
            assertThat(errors(schema, instance)).as(instance).isEmpty();
        }
    }

    @Test
    void randomSchemasGiveInstancesWithAnyBudget() throws Exception {
        for (int seed = 0; seed < 300; seed++) {
            String schema = RandomSchemas.of(seed);
            Guide guide = Guide.of(Grammar.jsonSchema(schema), RandomWriter.VOCABULARY);
            for (int budget : new int[] {guide.minTokens(), guide.minTokens() + seed % 20, 300 + guide.minTokens()}) {
                String instance = new RandomWriter(seed).write(guide, budget);
                assertThat(errors(schema, instance))
                        .as("seed %s, %s%n%s", seed, schema, instance)
                        .isEmpty();
            }
        }
    }

    @Test
    void optionalPropertiesComeAndGoInTheSchemasOrder() throws Exception {
        String schema = "{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"null\"},\"a\":{\"type\":\"null\"},"
                + "\"c\":{\"type\":\"null\"}},\"required\":[\"a\"]}";
        Guide guide = Guide.of(Grammar.jsonSchema(schema), RandomWriter.VOCABULARY);
        Set<String> written = new TreeSet<>();
        for (int seed = 0; seed < 100; seed++) {
            written.add(new RandomWriter(seed).write(guide, 60).replace(" ", ""));
        }
        assertThat(written)
                .containsExactlyInAnyOrder(
                        "{\"a\":null}",
                        "{\"b\":null,\"a\":null}",
                        "{\"a\":null,\"c\":null}",
                        "{\"b\":null,\"a\":null,\"c\":null}");
    }

    @Test
    void numbersReachTheirBoundsAndNothingBeyond() {
        Set<Integer> written = new HashSet<>();
        Guide guide = Guide.of(
                Grammar.jsonSchema("{\"type\":\"integer\",\"minimum\":-2,\"maximum\":11}"), RandomWriter.VOCABULARY);
        for (int seed = 0; seed < 2_000; seed++) {
            written.add(Integer.valueOf(new RandomWriter(seed).write(guide, 10)));
        }
        assertThat(written).containsExactlyInAnyOrder(-2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'not':{}} | #/not: the keyword 'not' cannot be enforced",
                "{'properties':{'a/b':{'if':{}}}} | #/properties/a~1b/if",
                "{'patternProperties':{}} | patternProperties",
                "{'type':'array','uniqueItems':true} | #/uniqueItems",
                "{'type':'array','items':[{}],'minItems':2,'additionalItems':false} | minItems 2 is more than",
                "{'type':'text'} | #/type: \"text\" is no type",
                "{'type':'string','pattern':'(?=a)'} | #/pattern: regex",
                "{'type':'string','pattern':'^a$','minLength':2} | no string fits",
                "{'type':'string','format':'iri'} | #/format",
                "{'type':'string','minLength':3,'maxLength':2} | minLength 3",
                "{'type':'string','minLength':-1} | #/minLength",
                "{'type':'string','minLength':1e30} | #/minLength",
                "{'type':'integer','minimum':3,'maximum':2} | no number fits",
                "{'type':'integer','exclusiveMinimum':3,'exclusiveMaximum':4} | no number fits",
                "{'type':'number','multipleOf':0.3} | #/multipleOf",
                "{'type':'number','minimum':1e400} | #/minimum",
                "{'type':'number','minimum':'3'} | #/minimum",
                "{'enum':[]} | #/enum",
                "{'type':'string','enum':[1]} | #/enum: no value",
                "{'enum':['a'],'minLength':3} | #/minLength",
                "{'oneOf':[{'type':'integer'},{'type':'number'}]} | #/oneOf: alternatives 0 and 1",
                "{'anyOf':[]} | #/anyOf",
                "{'$ref':'#/$defs/no'} | #/$ref: there is nothing at #/$defs/no",
                "{'$ref':'http://example.org/a'} | #/$ref",
                "{'$ref':'#'} | begins with itself",
                "{'type':'object','properties':{'a':{'$ref':'#'}},'required':['a']} | there is none for #",
                "{'properties':{'a':false},'required':['a']} | #/properties/a: no value fits",
                "{'type':'object','minProperties':1} | #/minProperties",
                "{'allOf':[{'pattern':'a'},{'pattern':'b'}]} | #/allOf/1/pattern",
                "{'allOf':[{'type':'null'},{'type':'string'}]} | #/type",
                "{'allOf':[{'prefixItems':[{'type':'string'}]},{'items':{'type':'string'}}]} | #/allOf/1/items",
                "{'items':{'type':'string'},'allOf':[{'items':[{'type':'string'}]}]} | #/allOf/0/items",
                "{'allOf':[{'prefixItems':[{'type':'string'}],'items':false},{'items':false}]} | #/allOf/1/items",
                "false | no value fits",
                "[1] | must be an object",
                "{'type':'string' | not JSON",
                "{} {} | not JSON"
            })
    void whatCannotBeEnforcedIsRefusedWithItsPlace(String quoted, String message) {
        assertThatThrownBy(() -> Guide.of(Grammar.jsonSchema(quoted.replace('\'', '"')), RandomWriter.VOCABULARY))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
