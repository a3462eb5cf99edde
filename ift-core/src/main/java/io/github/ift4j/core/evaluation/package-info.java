/** Measuring a policy on data. */
package io.github.ift4j.core.evaluation;
