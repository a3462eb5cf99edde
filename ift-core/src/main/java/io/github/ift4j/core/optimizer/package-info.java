/** Optimisers, gradient clipping and learning-rate schedules with PyTorch's arithmetic. */
package io.github.ift4j.core.optimizer;
