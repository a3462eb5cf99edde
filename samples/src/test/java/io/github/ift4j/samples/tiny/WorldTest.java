package io.github.ift4j.samples.tiny;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class WorldTest {
    private final World world = World.of(World.SEED);

    @Test
    void isTheSameForTheSameSeedAndAnotherForAnother() {
        assertThat(World.of(World.SEED)).isEqualTo(world);
        assertThat(World.of(World.SEED + 1)).isNotEqualTo(world);
    }

    @Test
    void namesPeopleAnimalsAndGoodsUniquely() {
        assertThat(world.people()).hasSize(48).extracting(Person::name).doesNotHaveDuplicates();
        assertThat(world.people()).extracting(Person::petName).doesNotHaveDuplicates();
        assertThat(world.goods()).hasSize(40).extracting(Good::name).doesNotHaveDuplicates();
    }

    @Test
    void makesNeighbourhoodMutualAndWithinAStreet() {
        assertThat(world.people()).allSatisfy(person -> {
            Person neighbour = world.person(person.neighbour());
            assertThat(neighbour.neighbour()).isEqualTo(person.name());
            assertThat(neighbour.street()).isEqualTo(person.street());
            assertThat(neighbour).isNotEqualTo(person);
        });
    }

    @Test
    void pricesEverythingWithOneDigit() {
        assertThat(world.goods()).allSatisfy(good -> assertThat(good.price()).isBetween(1, 9));
    }

    @Test
    void knowsNobodyElse() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> world.person("Nobody"))
                .withMessageContaining("Nobody");
    }
}
