package io.github.ift4j.samples.tiny;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Short stories whose facts are those of the world. */
final class StoryPassages {
    private static final List<Template> OPENINGS = templates(
            "It was {day}, and {name} the {job} went to the market.",
            "One morning {name} left the house in {street} with {petName}, the {pet}.",
            "On {day} it rained, but {name} went to the market all the same, dressed in {colour}.",
            "Once {name} the {job} could not find {petName} the {pet} anywhere in {street}.",
            "{name} wanted to {hobby}, but first there was work to do, for a {job} has little time.");
    private static final List<Template> ERRANDS = templates(
            "At the {shop} {she} bought {a} for {price}.",
            "{She} needed {a}, so {she} went to the {shop} and paid {price}.",
            "{She} saw {a} at the {shop}. \"It costs {price},\" said the man behind the table, and {she} took it.",
            "{She} bought {a} and {a2}. {n} + {n2} = {sum}, so {she} paid {total}.");
    private static final List<Template> MEETINGS = templates(
            "On the way home {she} met {name3}, who is a {job3} and lives in {street3}.",
            "There {she} met {name3} with {petName3}, a {pet3}, and they talked for a while.",
            "Then {name3} came along, who likes to {hobby3}, and they sat in the sun.",
            "{name3} the {job3} laughed and said, \"You should come to {street3} and see my {pet3} {petName3}.\"");
    private static final List<Template> ENDINGS = templates(
            "In the evening {she} sat with {her} neighbour {neighbour} and was happy.",
            "When {she} came back to {street}, {neighbour} was waiting at the door.",
            "At home {petName} the {pet} was waiting, and {neighbour} from next door came by.",
            "That night {she} dreamed of a {colour} ship.",
            "And that was the day on which {name} learned to take {her} time.");

    private StoryPassages() {}

    /** A person goes out, buys something, meets somebody and comes home. */
    static String story(World world, Dice dice) {
        List<Person> people = dice.pick(world.people(), 2);
        List<Good> goods = dice.pick(world.goods(), 2);
        Map<String, String> values = new HashMap<>(MarketPassages.values(goods.get(0), goods.get(1)));
        values.putAll(people.get(0).values());
        values.putAll(Template.suffixed(people.get(1).values(), "3"));
        return String.join(
                " ",
                dice.pick(OPENINGS).fill(values),
                dice.pick(ERRANDS).fill(values),
                dice.pick(MEETINGS).fill(values),
                dice.pick(ENDINGS).fill(values));
    }

    private static List<Template> templates(String... texts) {
        return List.of(texts).stream().map(Template::new).toList();
    }
}
