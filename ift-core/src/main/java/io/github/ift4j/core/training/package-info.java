/** The training loop, its settings, reports and checkpoints. */
package io.github.ift4j.core.training;
