/** What to minimise: functions of label log-probabilities with their exact gradients. */
package io.github.ift4j.core.objective;
