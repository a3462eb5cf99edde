package io.github.ift4j.samples.web;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who lets exchanges be recorded.
 *
 * <p>Thread-safe.
 */
final class Consents {
    private final Set<String> users = ConcurrentHashMap.newKeySet();

    void give(String user) {
        users.add(user);
    }

    void withdraw(String user) {
        users.remove(user);
    }

    boolean has(String user) {
        return users.contains(user);
    }
}
