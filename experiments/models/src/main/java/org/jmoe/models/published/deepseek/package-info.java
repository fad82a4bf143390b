/** Families with the latent attention, the shared experts or the router of DeepSeek. */
@NullMarked
package org.jmoe.models.published.deepseek;

import org.jspecify.annotations.NullMarked;
