import { AppError } from '../../core/errors/app-error.ts';

/** What a request is refused with, in words about the request; answer-error.ts has the status of each code. */
export const refusal = (code: string, message: string): AppError => new AppError({ code, class: 'terminal', message });
