/** The seam between objectives and models: scores, gradients, parameters. */
package io.github.ift4j.core.policy;
