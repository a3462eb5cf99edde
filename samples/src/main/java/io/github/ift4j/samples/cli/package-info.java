/** The command {@code ift}: one class for each verb, one for each group of options that verbs share. */
package io.github.ift4j.samples.cli;
